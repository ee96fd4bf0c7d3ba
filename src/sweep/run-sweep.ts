import pLimit from 'p-limit';
import type { Measure } from '../domain/measure.js';
import { HeuristraceError, InterruptedError, UnitsFailedError, type FailureKind } from '../errors/errors.js';
import { storedUnits } from '../store/stored-units.js';
import type { CheckpointRef } from './checkpoints.js';
import { hubOpener } from './hub-opener.js';
import { planSweep, type PlanEvents } from './plan-sweep.js';
import type { SweepRequest } from './request.js';
import { readReference } from './read-reference.js';
import { cappedPresets, openRun, type RunContext } from './run-context.js';
import { analyseCheckpoint, storeFailure } from './step.js';
import { openTaskPool, type TaskPool } from './tasks/task-pool.js';
import { plannedUnits } from './units.js';

/** What a sweep tells while it runs. */
export interface SweepEvents extends PlanEvents {
  onPlan?(plan: { readonly checkpoints: number; readonly done: number; readonly todo: number }): void;
  onCheckpoint?(event: SweepProgress): void;
}

export interface SweepProgress {
  readonly seed: number;
  readonly step: number;
  /** Checkpoints of this sweep finished so far, of `todo`. */
  readonly finished: number;
  readonly todo: number;
  readonly error: string | null;
}

export interface SweepOutcome {
  readonly db: string;
  /** Checkpoints in the plan. */
  readonly checkpoints: number;
  /** Of these, stored before this sweep. */
  readonly reused: number;
  /** Seconds that each measure took, over all checkpoints analysed. */
  readonly seconds: ReadonlyMap<Measure, number>;
}

/**
 * Analyses the checkpoints of a suite and stores each one whole; those stored already are left out. A few checkpoints
 * are under way together, so that the pool's threads always have work.
 * @throws InterruptedError; UnitsFailedError when some checkpoints failed (the others are stored); whatever the
 *   reference checkpoint's failure is, since nothing can be compared without it; errors of the store
 */
export async function runSweep(given: SweepRequest, events: SweepEvents = {}): Promise<SweepOutcome> {
  const request = { ...given, presets: cappedPresets(given) };
  const { config, signal, onNote } = request;
  const hub = hubOpener(request);
  const pool = await openTaskPool({ engine: config.engine, threads: request.workers, signal, onNote });
  try {
    const { plans, batch, inFlight, ...fitting } = await planSweep(request, { pool, hub }, events);
    const mapBytes = Math.min(fitting.mapBytes, request.mapBytes ?? Infinity);
    const fitted = { ...request, mapBytes, config: { ...config, batch } };
    const stored = await storedUnits({ db: request.db });
    const work: WorkItem[] = [];
    for (const plan of plans) {
      const context = await openRun(fitted, plan, pool);
      for (const ref of plan.selected) {
        const ids = await plannedUnits(context, ref);
        if (ids === null || ids.some(({ id }) => stored.get(id) !== 'done')) work.push({ context, ref });
        else if (ref === plan.reference)
          context.reference.resolve(await readReference(request.db, ids, config));
      }
    }
    const checkpoints = plans.reduce((sum, plan) => sum + plan.selected.length, 0);
    events.onPlan?.({ checkpoints, done: checkpoints - work.length, todo: work.length });
    const seconds = await analyseAll(work, { pool, inFlight, signal }, events);
    return { db: request.db, checkpoints, reused: checkpoints - work.length, seconds };
  } finally {
    await hub.close();
    await pool.close();
  }
}

interface WorkItem {
  readonly context: RunContext;
  readonly ref: CheckpointRef;
}

interface Resources {
  readonly pool: TaskPool;
  readonly inFlight: number;
  readonly signal: AbortSignal | undefined;
}

async function analyseAll(
  work: readonly WorkItem[],
  { pool, inFlight: together, signal }: Resources,
  events: SweepEvents,
): Promise<ReadonlyMap<Measure, number>> {
  const seconds = new Map<Measure, number>();
  const commit = pLimit(1);
  const inFlight = pLimit(together);
  const failures: { readonly where: string; readonly error: HeuristraceError }[] = [];
  const fatal: unknown[] = [];
  let finished = 0;
  const analyse = async ({ context, ref }: WorkItem): Promise<void> => {
    let failure: HeuristraceError | null = null;
    try {
      if (signal?.aborted === true) throw new InterruptedError();
      const taken = await analyseCheckpoint(context, ref, { pool, commit });
      for (const [measure, own] of taken) seconds.set(measure, (seconds.get(measure) ?? 0) + own);
    } catch (error) {
      if (ref === context.plan.reference) context.reference.resolve(null); // the others wait for it
      if (!isFaultOfCheckpoint(error)) throw error;
      failure = error;
      await commit(() => storeFailure(context, ref, error));
      failures.push({ where: `seed ${ref.seed} step ${ref.step}`, error });
    }
    finished++;
    const { seed, step } = ref;
    events.onCheckpoint?.({ seed, step, finished, todo: work.length, error: failure?.message ?? null });
  };
  await Promise.all(
    work.map((item) =>
      inFlight(async () => {
        if (fatal.length > 0) return; // what has begun settles, the rest is dropped
        await analyse(item).catch((error: unknown) => fatal.push(error));
      }),
    ),
  );
  if (fatal.length > 0) throw fatal[0];
  if (failures.length > 0) throw new UnitsFailedError(failures);
  return seconds;
}

/** Faults in a checkpoint's own files, or these are not here: the others can still be analysed. */
const CHECKPOINT_FAULTS: ReadonlySet<FailureKind> = new Set([
  'missingCheckpoint',
  'checksum',
  'safetensors',
  'architecture',
  'weightNames',
  'offline',
]);

function isFaultOfCheckpoint(error: unknown): error is HeuristraceError {
  return error instanceof HeuristraceError && CHECKPOINT_FAULTS.has(error.kind);
}
