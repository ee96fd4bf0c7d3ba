import { Command } from '@commander-js/extra-typings';
import { addSweepOptions, settingsFromOptions, type GivenSettings } from './sweep-options.js';
import type { Terminal } from './terminal.js';

/** `heuristrace sweep`: analyses the checkpoints of a suite. */
export function sweepCommand(terminal: Terminal): Command {
  const command = new Command('sweep').description(
    'analyse the checkpoints of a suite and store what was measured',
  );
  addSweepOptions(command);
  return command
    .option('--json', 'print the outcome as JSON')
    .addHelpText(
      'after',
      `
Examples:
  heuristrace sweep                                  the shipped suite
  heuristrace sweep --steps 0,512,4000 --operators +,-
  heuristrace sweep --suite my-suite --db my.duckdb --config my-sweep.json
`,
    )
    .action(async (_options, self) => {
      const options: Record<string, unknown> = self.opts();
      const given = await readSettings(options);
      const { performSweep } = await import('./perform-sweep.js');
      await performSweep(terminal, given, { json: options['json'] === true });
    });
}

/** Config file and command line together; the command line wins. */
async function readSettings(options: Readonly<Record<string, unknown>>): Promise<GivenSettings> {
  const settings = settingsFromOptions(options);
  const file = options['config'];
  if (typeof file !== 'string') return { source: 'the command line', settings };
  const { parseConfigFile } = await import('../config/sweep-config.js');
  const { readFile } = await import('node:fs/promises');
  const { ConfigError } = await import('../errors/errors.js');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new ConfigError(file, ['the file cannot be read']);
  });
  return { source: file, settings: { ...parseConfigFile(file, text), ...settings } };
}
