import { expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.js';
import { processTerminal } from '../../src/cli/terminal/terminal.js';
import { UsageError } from '../../src/errors/errors.js';

const run = (...argv: string[]): Promise<unknown> =>
  buildProgram(processTerminal({ quiet: true })).parseAsync(['report', ...argv], { from: 'user' });

it.each([
  [['--compare', 'pair'], 'needs two runs or more'],
  [['--compare', 'pair', 'pair'], 'needs two runs or more'],
  [['--compare', 'pair,'], 'needs two runs or more'],
  [['--suite', 'pair', '--compare', 'pair@0', 'pair@1'], 'exclude each other'],
])('refuses report %j', async (argv, why) => {
  const error: unknown = await run(...argv).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UsageError);
  expect(String(error)).toContain(why);
});
