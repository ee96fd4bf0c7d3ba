import { existsSync } from 'node:fs';
import pLimit from 'p-limit';
import type { Measure } from '../domain/measure.js';
import { HeuristraceError, InterruptedError } from '../errors/errors.js';
import { ReferenceFailedError, TimeLimitError, UnitsFailedError } from '../errors/sweep-errors.js';
import { programVersion } from '../files/package.js';
import { openResults } from '../store/spool/result-store.js';
import { endAnnouncement } from '../store/spool/running.js';
import { tryPlaces, type Places } from '../store/spool/try-places.js';
import { announced } from './announced.js';
import { isFaultOfCheckpoint } from './faults.js';
import { hubOpener } from './sources/hub-opener.js';
import type { SweepEvents } from './events.js';
import { machineOpener, type Machine, type MachineOpener } from './machine.js';
import { planSweep } from './plan/plan-sweep.js';
import { spoolOf, type SweepRequest } from './request.js';
import { openRun } from './open-run.js';
import { cappedPresets, type PlannedRun, type RunContext } from './run-context.js';
import { analyseCheckpoint, storeFailure, type StepResources } from './step.js';
import { plansOf, workOf, type FailedBefore, type WorkItem } from './plan/work.js';

export interface SweepOutcome {
  readonly db: string;
  readonly spool: string;
  /** Checkpoints in the plan. */
  readonly checkpoints: number;
  /** Of these, stored before this sweep. */
  readonly reused: number;
  /** Of these, left out since they failed before. */
  readonly failed: readonly FailedBefore[];
  /** Seconds that each measure took, over all checkpoints analysed. */
  readonly seconds: ReadonlyMap<Measure, number>;
}

/**
 * Analyses the checkpoints of a suite and stores each one whole; those stored already are left out. A few checkpoints
 * are under way together, so that the pool's threads always have work.
 * @throws UnwritableError, DiskFullError before anything is fetched or computed where results cannot be written;
 *   InterruptedError; UnitsFailedError when some checkpoints failed (the others are stored, all but what compares them
 *   with a reference checkpoint that failed); TimeLimitError; DimensionConflictError when some checkpoints contradict the
 *   database (the others are stored); errors of the store
 */
export async function runSweep(given: SweepRequest, events: SweepEvents = {}): Promise<SweepOutcome> {
  const request = { ...given, presets: cappedPresets(given) };
  const { db, shard } = request;
  const started = performance.now();
  const hub = hubOpener(request);
  const spool = spoolOf(request);
  const places = { spool, db: shard === undefined ? db : null };
  const machine = onceWritable(places, machineOpener(request, hub, events));
  try {
    const plans = await planSweep(request, hub, events);
    const results = await openResults({
      ...places,
      programVersion: programVersion(),
      onHeld: events.onHeld,
      onConflict: events.onConflict,
    });
    if (results.setAside > 0) events.onSetAside?.(results.setAside);
    const work = await workOf(request, plans, results, () => machine.open(plans));
    const { planned, todo, reused, failed } = work;
    const outcome = { db, spool, checkpoints: planned.length, reused, failed };
    const running = todo.length === 0 ? null : await machine.open(plansOf(todo));
    events.onPlan?.({ checkpoints: planned.length, done: reused, todo: todo.length, failed });
    if (running === null) return { ...outcome, seconds: new Map() };
    const { pool, inFlight } = running;
    const told = announced(events, { spool, request, todo: todo.length });
    const seconds = await analyseAll(
      opened(todo, running),
      { pool, results, inFlight, onStage: told.onStage },
      request,
      told,
      started,
    ).catch(async (error: unknown) => {
      await results.flush(0).catch(() => undefined); // else the next sweep stores it; the first error is the one to tell
      throw error;
    });
    await results.flush();
    return { ...outcome, seconds };
  } finally {
    endAnnouncement(spool);
    await hub.close();
    await machine.close();
  }
}

/**
 * Tries the places of results before anything is fetched or computed. Where there are results already, they may be all
 * that was asked for: then it is told only when an engine is needed.
 * @throws UnwritableError, DiskFullError
 */
function onceWritable(places: Places, machine: MachineOpener): MachineOpener {
  try {
    tryPlaces(places);
    return machine;
  } catch (error) {
    if (!(error instanceof HeuristraceError) || !existsSync(places.db ?? places.spool)) throw error;
    return { ...machine, open: () => Promise.reject(error) };
  }
}

/** A checkpoint with all that its analysis needs. */
interface OpenedItem extends Omit<WorkItem, 'run'> {
  readonly context: RunContext;
}

function opened(todo: readonly WorkItem[], machine: Machine): OpenedItem[] {
  const contexts = new Map<PlannedRun, RunContext>();
  return todo.map(({ run, ...item }) => {
    const context = contexts.get(run) ?? openRun(run, machine);
    contexts.set(run, context);
    return { context, ...item };
  });
}

async function analyseAll(
  work: readonly OpenedItem[],
  resources: StepResources & { readonly inFlight: number },
  { signal, maxSeconds = Infinity, failFast }: SweepRequest,
  events: SweepEvents,
  started: number,
): Promise<ReadonlyMap<Measure, number>> {
  const seconds = new Map<Measure, number>();
  const inFlight = pLimit(resources.inFlight);
  const failures: { readonly where: string; readonly error: HeuristraceError }[] = [];
  const fatal: unknown[] = [];
  let finished = 0;
  let longest = 0; // milliseconds of a checkpoint, those under way beside it included
  const analyse = async ({ context, ref, lacksComparison }: OpenedItem): Promise<void> => {
    const began = performance.now();
    let failure: HeuristraceError | null = null;
    let measures: ReadonlyMap<Measure, number> = new Map();
    try {
      if (signal?.aborted === true) throw new InterruptedError();
      const reference = lacksComparison ? await context.reference.value : undefined;
      if (reference === null) return;
      if (reference instanceof ReferenceFailedError) failure = reference;
      else ({ seconds: measures, failure } = await analyseCheckpoint(context, ref, resources));
      for (const [measure, own] of measures) seconds.set(measure, (seconds.get(measure) ?? 0) + own);
    } catch (error) {
      const isItsOwn = isFaultOfCheckpoint(error);
      if (ref === context.plan.reference)
        context.reference.resolve(isItsOwn ? new ReferenceFailedError(ref.step, error.message) : null); // the others wait for it
      if (!isItsOwn) throw error;
      failure = error;
      await storeFailure(context, ref, error, resources.results);
    }
    if (failure !== null) failures.push({ where: `seed ${ref.seed} step ${ref.step}`, error: failure });
    finished++;
    const took = performance.now() - began;
    longest = Math.max(longest, took);
    const { seed, step } = ref;
    const error = failure?.message ?? null;
    events.onCheckpoint?.({ seed, step, finished, todo: work.length, error, seconds: took / 1000, measures });
  };
  const stopsHere = (): boolean => fatal.length > 0 || (failFast === true && failures.length > 0); // what has begun settles, the rest is dropped
  const isTooLate = (): boolean => performance.now() - started + longest > maxSeconds * 1000;
  let late = 0;
  await Promise.all(
    work.map((item) =>
      inFlight(async () => {
        if (stopsHere()) return;
        if (isTooLate()) late++;
        else await analyse(item).catch((error: unknown) => fatal.push(error));
      }),
    ),
  );
  if (fatal.length > 0) throw fatal[0];
  if (failures.length > 0) throw new UnitsFailedError(failures);
  if (late > 0) throw new TimeLimitError(late);
  return seconds;
}
