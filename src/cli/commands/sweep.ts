import { Command } from '@commander-js/extra-typings';
import type { HowToSweep } from '../work/perform-sweep.js';
import { addSweepOptions, settingsFromOptions, type GivenSettings } from '../options/sweep-options.js';
import type { Terminal } from '../terminal/terminal.js';

/** Of `sweep` and `plan`. */
export const RETRY_FAILED =
  'analyse also checkpoints that failed before and whose files have not changed since';

/** `heuristrace sweep`: analyses the checkpoints of a suite. */
export function sweepCommand(terminal: Terminal): Command {
  const command = new Command('sweep').description(
    'analyse the checkpoints of a suite and store what was measured',
  );
  addSweepOptions(command);
  return command
    .option(
      '--shard <i/n>',
      'analyse a share of the checkpoints, from 0/n to n-1/n, into the spool only (heuristrace merge unites them); auto in a Slurm job array, auto/n in a Kubernetes Indexed Job',
    )
    .option(
      '--max-time <duration>',
      'begin no checkpoint that would not be finished in this time, e.g. 90m or 1.5h',
    )
    .option('--retry-failed', RETRY_FAILED)
    .option('--fail-fast', 'stop at the first checkpoint that fails')
    .option('--events <file>', 'add a line of JSON to this file for everything that happens')
    .option('--json', 'print the outcome as JSON')
    .addHelpText(
      'after',
      `
Examples:
  heuristrace sweep                                  the shipped suite
  heuristrace sweep --steps 0,512,4000 --operators +,-
  heuristrace sweep --suite my-suite --db my.duckdb --config my-sweep.json
  heuristrace sweep --shard 0/4 --spool shared/spool --max-time 8h
`,
    )
    .action(async (_options, self) => {
      const options: Record<string, unknown> = self.opts();
      const given = await readSettings(options);
      const { performSweep } = await import('../work/perform-sweep.js');
      const how = await readRunning(options);
      await performSweep(terminal, given, { json: options['json'] === true }, how);
    });
}

/** How to run: what is no setting, since each of several workers may be told otherwise. */
async function readRunning(options: Readonly<Record<string, unknown>>): Promise<HowToSweep> {
  const { parseDuration } = await import('../options/parse-duration.js');
  const { parseShard } = await import('../../sweep/plan/shard.js');
  const { shard, maxTime, events, failFast, retryFailed } = options;
  return {
    shard: typeof shard === 'string' ? parseShard(shard, process.env) : undefined,
    maxSeconds: typeof maxTime === 'string' ? parseDuration('--max-time', maxTime) : undefined,
    failFast: failFast === true,
    retryFailed: retryFailed === true,
    events: typeof events === 'string' ? events : undefined,
  };
}

/** Config file and command line together; the command line wins. */
export async function readSettings(options: Readonly<Record<string, unknown>>): Promise<GivenSettings> {
  const settings = settingsFromOptions(options);
  const file = options['config'];
  if (typeof file !== 'string') return { source: 'the command line', settings };
  const { parseConfigFile } = await import('../../config/sweep-config.js');
  const { readFile } = await import('node:fs/promises');
  const { ConfigError } = await import('../../errors/errors.js');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new ConfigError(file, ['the file cannot be read']);
  });
  return { source: file, settings: { ...parseConfigFile(file, text), ...settings } };
}
