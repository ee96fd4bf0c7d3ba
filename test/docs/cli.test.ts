import { expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/errors/errors.js';
import { buildProgram } from '../../src/cli/program.js';
import type { Terminal } from '../../src/cli/terminal/terminal.js';
import { createColors } from 'picocolors';

/** Help texts as the program prints them at 100 columns. */
function helpTexts(): { name: string; text: string }[] {
  const written: string[] = [];
  const silent: Terminal = {
    out: (text) => written.push(text),
    note: () => undefined,
    progress: () => undefined,
    endProgress: () => undefined,
    colors: createColors(false),
  };
  const program = buildProgram(silent);
  const commands = [
    { name: 'heuristrace', command: program },
    ...program.commands.flatMap((command) => [
      { name: `heuristrace ${command.name()}`, command },
      ...command.commands.map((inner) => ({
        name: `heuristrace ${command.name()} ${inner.name()}`,
        command: inner,
      })),
    ]),
  ];
  return commands.map(({ name, command }) => {
    command.configureOutput({ writeOut: (text) => written.push(text), getOutHelpWidth: () => 100 });
    written.length = 0;
    command.outputHelp();
    return { name, text: written.join('').trim() };
  });
}

it('docs/cli.md says what the program says (renew with `npm run docs`)', async () => {
  const sections = helpTexts().map(({ name, text }) => `## ${name}\n\n\`\`\`text\n${text}\n\`\`\`\n`);
  const codes = Object.values(EXIT_CODES).map(({ code, meaning }) => `| ${code} | ${meaning} |`);
  const page = [
    '# Command line',
    '',
    'Generated from the program by `npm run docs`; do not edit.',
    '',
    ...sections,
    '## Exit codes',
    '',
    '| code | meaning |',
    '| ---: | --- |',
    '| 0 | success |',
    ...codes,
    '',
  ].join('\n');
  await expect(page).toMatchFileSnapshot('../../docs/cli.md');
});
