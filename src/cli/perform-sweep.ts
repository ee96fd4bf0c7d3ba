import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { findSuite, installedRuns, type Suite } from '../config/find-suite.js';
import type { SweepConfig } from '../config/sweep-fields.js';
import { runSweep, type SweepOutcome } from '../sweep/run-sweep.js';
import { interruptible } from './interrupt.js';
import { nearestName } from './nearest.js';
import { loadPresets } from './presets.js';
import { printSummary } from './summary.js';
import { Countdown, formatDuration, type Terminal } from './terminal.js';

/** Default place of a suite's database. */
export function defaultDatabase(suite: string): string {
  return `heuristrace-out/${suite}.duckdb`;
}

export interface SweptSuite {
  readonly suite: Suite;
  readonly db: string;
  readonly outcome: SweepOutcome;
}

/** Runs a sweep with progress on the terminal, then prints the summary. @throws what `runSweep` throws */
export async function performSweep(
  terminal: Terminal,
  config: SweepConfig,
  output: { readonly json: boolean; readonly silent?: boolean },
): Promise<SweptSuite> {
  const started = performance.now();
  const suite = await findSuite(config.suite, nearestName);
  const db = config.db ?? defaultDatabase(suite.manifest.name);
  const presets = await loadPresets(config.presets);
  const missing = suite.manifest.runs.length - installedRuns(suite).length;
  if (missing > 0 && config.seeds.length === 0)
    terminal.note(
      `${missing} of ${suite.manifest.runs.length} training runs of ${suite.manifest.name} are not installed and left out`,
    );
  const countdown = new Countdown();
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
      },
      {
        onPlan: ({ checkpoints, done, todo }) => {
          terminal.note(
            todo === 0
              ? `${suite.manifest.name}: all ${checkpoints} checkpoints are stored already`
              : `${suite.manifest.name}: ${todo} checkpoints to analyse${done > 0 ? `, ${done} stored already` : ''}`,
          );
        },
        onCheckpoint: ({ seed, step, finished, todo, error }) => {
          if (error !== null) terminal.note(`seed ${seed} step ${step} failed: ${error}`);
          terminal.progress(
            `${finished}/${todo} checkpoints, seed ${seed} step ${step} done, ${countdown.left(finished / todo)}`,
          );
        },
      },
    ),
  );
  terminal.endProgress();
  const seconds = (performance.now() - started) / 1000;
  if (output.json) terminal.out(JSON.stringify({ ...outcome, seconds: Math.round(seconds * 10) / 10 }));
  else if (output.silent !== true) {
    await printSummary(terminal, db, suite.manifest.name, presets[0]?.name ?? null);
    terminal.note(`database: ${relative('.', db)} (${formatDuration(seconds)})`);
  }
  return { suite, db, outcome };
}
