import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { installedRuns, isLocalSuite, type Suite } from '../../config/find-suite.js';
import type { SweepRequest } from '../../sweep/request.js';
import { runSweep, type SweepOutcome } from '../../sweep/run-sweep.js';
import { eventLog } from '../terminal/event-log.js';
import { interruptible } from '../terminal/interrupt.js';
import { checkOutput } from '../options/check-output.js';
import { nearestName } from '../options/nearest.js';
import { refreshVerdicts } from './perform-emergence.js';
import { resolveSweep } from '../options/resolve-sweep.js';
import { printSummary } from '../text/summary.js';
import { tellSweep } from '../terminal/sweep-events.js';
import type { GivenSettings } from '../options/sweep-options.js';
import { formatDuration, type Terminal } from '../terminal/terminal.js';

/** How this process sweeps; none of it decides what is measured. */
export interface HowToSweep extends Pick<SweepRequest, 'shard' | 'maxSeconds' | 'failFast' | 'retryFailed'> {
  /** File that a line is added to for each event. */
  readonly events?: string | undefined;
}

export interface SweptSuite {
  readonly suite: Suite;
  readonly db: string;
  readonly outcome: SweepOutcome;
}

/**
 * Runs a sweep with progress on the terminal, then prints the summary and where the time went. Settings of the suite are
 * in force where none are given.
 * @throws what `runSweep` throws
 */
export async function performSweep(
  terminal: Terminal,
  given: GivenSettings,
  output: { readonly json: boolean; readonly silent?: boolean },
  how: HowToSweep = {},
): Promise<SweptSuite> {
  const started = performance.now();
  const { suite, config, presets, db } = await resolveSweep(given);
  const missing = isLocalSuite(suite) ? suite.manifest.runs.length - installedRuns(suite).length : 0;
  if (missing > 0 && config.seeds.length === 0)
    terminal.note(
      `${missing} of ${suite.manifest.runs.length} training runs of ${suite.manifest.name} are not installed and left out`,
    );
  const { events, ...running } = how;
  checkOutput('--events', events, db);
  const log = events === undefined ? (): void => undefined : eventLog(events);
  const told = tellSweep(terminal, { suite: suite.manifest.name, batch: config.batch, log });
  const outcome = await interruptible(terminal, (signal) =>
    runSweep(
      {
        suite,
        config,
        presets,
        db,
        workers: config.workers ?? availableParallelism(),
        signal,
        nearest: nearestName,
        ...running,
        onNote: (line) => terminal.note(line),
        onFetch: told.onFetch,
      },
      told.events,
    ),
  )
    .finally(told.end)
    .then(
      (done) => {
        log('end', { error: null });
        return done;
      },
      (error: unknown) => {
        log('end', { error: error instanceof Error ? error.message : String(error) });
        throw error;
      },
    );
  if (how.shard === undefined) await refreshVerdicts(terminal, db, suite.manifest.name);
  const seconds = (performance.now() - started) / 1000;
  if (output.json)
    terminal.out(
      JSON.stringify({
        ...outcome,
        measures: Object.fromEntries(outcome.seconds),
        seconds: Math.round(seconds * 10) / 10,
      }),
    );
  else if (how.shard !== undefined) {
    const { index, count } = how.shard;
    if (outcome.checkpoints === 0)
      terminal.note(`shard ${index}/${count} had no share: there are fewer checkpoints than shards`);
    terminal.note(
      `spool: ${relative('.', outcome.spool)} (${formatDuration(seconds)}); merge it when all are done`,
    );
  } else if (output.silent !== true) {
    await printSummary(terminal, db, suite.manifest.name, presets[0]?.name ?? null);
    const took = timeTaken(outcome.seconds);
    if (took !== '') terminal.note(`time of the measures: ${took}`);
    terminal.note(`database: ${relative('.', db)} (${formatDuration(seconds)})`);
  }
  return { suite, db, outcome };
}

/** `classification 40 s (61 %), accuracy 20 s (31 %)`, the longest first. */
function timeTaken(seconds: SweepOutcome['seconds']): string {
  const total = [...seconds.values()].reduce((a, b) => a + b, 0);
  return [...seconds]
    .sort(([, a], [, b]) => b - a)
    .map(([measure, own]) => `${measure} ${formatDuration(own)} (${((100 * own) / total).toFixed(0)} %)`)
    .join(', ');
}
