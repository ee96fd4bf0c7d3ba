import { Command } from '@commander-js/extra-typings';
import type { ShownCheckpoint } from '../../sweep/plan/show-plan.js';
import { addSweepOptions } from '../options/sweep-options.js';
import { readSettings, RETRY_FAILED } from './sweep.js';
import type { Terminal } from '../terminal/terminal.js';

/** `heuristrace plan`: what a sweep would do. */
export function planCommand(terminal: Terminal): Command {
  const command = new Command('plan').description(
    'show what a sweep with the same options would do: which checkpoints, in which order, what is stored, bytes, time and memory',
  );
  addSweepOptions(command);
  return command
    .option('--shard <i/n>', 'plan of one share of the checkpoints, as of heuristrace sweep')
    .option('--retry-failed', RETRY_FAILED)
    .option('--json', 'print the plan as JSON')
    .addHelpText(
      'after',
      `
Examples:
  heuristrace plan
  heuristrace plan --suite pythia-70m --steps log --order forward
`,
    )
    .action(async (_options, self) => {
      const options: Record<string, unknown> = self.opts();
      const { availableParallelism } = await import('node:os');
      const { interruptible } = await import('../terminal/interrupt.js');
      const { nearestName } = await import('../options/nearest.js');
      const { resolveSweep } = await import('../options/resolve-sweep.js');
      const { planEvents } = await import('../terminal/sweep-events.js');
      const { parseShard } = await import('../../sweep/plan/shard.js');
      const { showPlan } = await import('../../sweep/plan/show-plan.js');
      const resolved = await resolveSweep(await readSettings(options));
      const { config } = resolved;
      const suite = resolved.suite.manifest.name;
      const { shard } = options;
      const checkpoints = await interruptible(terminal, (signal) =>
        showPlan(
          {
            ...resolved,
            workers: config.workers ?? availableParallelism(),
            signal,
            nearest: nearestName,
            shard: typeof shard === 'string' ? parseShard(shard, process.env) : undefined,
            retryFailed: options['retryFailed'] === true,
            onNote: (line) => terminal.note(line),
          },
          planEvents(terminal, { batch: config.batch, log: () => undefined }),
        ),
      );
      terminal.endProgress();
      if (options['json'] === true) terminal.out(JSON.stringify({ suite, checkpoints }));
      else await printPlan(terminal, suite, checkpoints);
    });
}

async function printPlan(
  terminal: Terminal,
  suite: string,
  checkpoints: readonly ShownCheckpoint[],
): Promise<void> {
  const { formatBytes } = await import('../../config/byte-size.js');
  const { plainTable } = await import('../text/plain-table.js');
  const count = (...states: ShownCheckpoint['state'][]): number =>
    checkpoints.filter(({ state }) => states.includes(state)).length;
  const failed = count('failed');
  terminal.out(
    `${suite}: ${checkpoints.length} checkpoints, ${count('stored')} stored, ${failed > 0 ? `${failed} failed before, ` : ''}${count('to do', 'elsewhere')} to analyse, in this order:`,
  );
  const bytes = (given: number | null): string => (given === null ? '?' : formatBytes(given));
  terminal.out(
    plainTable(
      ['', 'seed', 'step', 'state', 'to fetch'],
      checkpoints.map(({ seed, step, state, error, fetchBytes }, i) => [
        ...[String(i + 1), String(seed), String(step), stateText(state, error)],
        fetchBytes === 0 ? '-' : bytes(fetchBytes),
      ]),
    ),
  );
}

function stateText(state: ShownCheckpoint['state'], error: string | null): string {
  if (state === 'failed') return `failed: ${error ?? ''}`;
  return state === 'elsewhere' ? 'to do (of another shard)' : state;
}
