import { findSuite } from '../../src/config/find-suite.js';
import { resolveConfig } from '../../src/config/sweep-config.js';
import type { Finding } from '../../src/domain/audit-finding.js';
import { PRESETS } from '../../src/heuristics/presets.js';
import type { Hub } from '../../src/hub/hub.js';
import { runSql } from '../../src/queries/run-query.js';
import type { SweepForecast } from '../../src/sweep/plan/forecast.js';
import { FACT_NAMES } from '../../src/store/schema/tables.js';
import type { SweepRequest } from '../../src/sweep/request.js';
import type { SweepProgress } from '../../src/sweep/events.js';
import { runSweep, type SweepOutcome } from '../../src/sweep/run-sweep.js';

export interface SweepOptions {
  /** Folder of the suite. */
  readonly folder: string;
  readonly settings?: Record<string, unknown>;
  readonly hub?: Hub;
  readonly signal?: AbortSignal;
  readonly mapBytes?: number;
  readonly request?: Partial<SweepRequest>;
  readonly onSetAside?: (batches: number) => void;
  readonly onCheckpoint?: (progress: SweepProgress) => void;
  readonly onForecast?: (forecast: SweepForecast) => void;
  readonly onUntrusted?: (findings: readonly Finding[]) => void;
}

/** All measures on few prompts; 24 neurons are few enough to classify all. */
export const QUICK = {
  neurons: 'all',
  analysisPrompts: 10,
  minPrompts: 3,
  bootstrapSamples: 100,
  probePrompts: 60,
  probeEpochs: 1,
  knockoutPrompts: 5,
  knockoutLeastNeurons: 3,
  casePrompts: 5,
};

/** Sweeps a suite into a database, in this process. */
export async function sweepSuite(db: string, options: SweepOptions): Promise<SweepOutcome> {
  const config = resolveConfig('the test', { ...QUICK, ...options.settings });
  const presets = config.presets.flatMap((name) => PRESETS[name] ?? []);
  const suite = await findSuite(options.folder, () => undefined);
  const { signal, onCheckpoint, onSetAside, onForecast, onUntrusted, hub, mapBytes } = options;
  return runSweep(
    {
      ...{ suite, config, presets, db, workers: 0, signal, hub, nearest: () => undefined },
      ...(mapBytes !== undefined && { mapBytes }),
      ...options.request,
    },
    {
      ...(onSetAside && { onSetAside }),
      ...(onCheckpoint && { onCheckpoint }),
      ...(onForecast && { onForecast }),
      ...(onUntrusted && { onUntrusted }),
    },
  );
}

/** Rows of some SQL. */
export async function rows(db: string, sql: string): Promise<unknown[][]> {
  return (await runSql({ db, sql })).rows.map((row) => [...row]);
}

/** Every fact of a database without what differs from run to run. */
export async function facts(db: string): Promise<unknown> {
  const tables = [...FACT_NAMES, 'prompts', 'heuristics', 'configurations'];
  return Promise.all(tables.map((table) => rows(db, `SELECT * FROM ${table} ORDER BY ALL`)));
}

/** Rows that differ by more than rounding. */
export function different(actual: unknown, expected: unknown): unknown[] {
  if (Array.isArray(actual) && Array.isArray(expected) && actual.length === expected.length)
    return actual.flatMap((item, i) => different(item, expected[i]));
  const near =
    typeof actual === 'number' &&
    typeof expected === 'number' &&
    Math.abs(actual - expected) <= 1e-3 * Math.max(1, Math.abs(expected));
  return near || actual === expected ? [] : [[actual, expected]];
}
