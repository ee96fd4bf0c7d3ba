import type { CheckpointRef, RunPlan } from '../sources/checkpoints.js';
import type { ResultStore } from '../../store/spool/result-store.js';
import { ReferenceFailedError } from '../../errors/sweep-errors.js';
import type { UnitFailure, UnitState } from '../../store/stored-units.js';
import { isLasting } from '../faults.js';
import type { Machine } from '../machine.js';
import { needReference } from '../measures/measures.js';
import { readReference } from '../reference/read-reference.js';
import type { SweepRequest } from '../request.js';
import { planRun } from '../open-run.js';
import type { PlannedRun } from '../run-context.js';
import { shareOf } from './shard.js';
import { orderSteps, type StepOrder } from './step-order.js';
import { failureId, measuresOn, plannedUnits, setsOfFailure, type PlannedUnit } from '../units.js';

/** A checkpoint to analyse. */
export interface WorkItem {
  readonly run: PlannedRun;
  readonly ref: CheckpointRef;
  /** Whether all is stored but what compares it with the reference checkpoint: without this one there is nothing to do. */
  readonly lacksComparison: boolean;
}

/** A checkpoint of a plan. */
export interface PlannedCheckpoint {
  readonly plan: RunPlan;
  readonly ref: CheckpointRef;
}

/** The checkpoints of all runs in the order of analysis: those that a run's others are compared with before these. */
export function inOrder(plans: readonly RunPlan[], order: StepOrder): PlannedCheckpoint[] {
  const ranked = plans.flatMap((plan) => {
    const bySteps = new Map(plan.selected.map((ref) => [Number(ref.step), ref]));
    const ordered = orderSteps([...bySteps.keys()], order).flatMap((step) => bySteps.get(step) ?? []);
    const first = ordered.filter((ref) => ref === plan.reference);
    return [...first, ...ordered.filter((ref) => ref !== plan.reference)].map((ref, rank) => ({
      plan,
      ref,
      rank,
    }));
  });
  return order === 'progressive' ? ranked.sort((a, b) => a.rank - b.rank) : ranked;
}

/** A checkpoint that failed before. */
export interface FailedBefore extends UnitFailure {
  readonly seed: number;
  readonly step: number;
}

/** What a sweep has to do. */
export interface SweepWork {
  /** Checkpoints of the plan that fall to this sweep. */
  readonly planned: readonly PlannedCheckpoint[];
  /** Of these, what is not stored; before them reference checkpoints that fall to other shards but are needed here. */
  readonly todo: readonly WorkItem[];
  /** Of the planned, how many are stored. */
  readonly reused: number;
  /** Of the planned, what is left out: it, or what it is compared with, failed before, for good as far as files are the same. */
  readonly failed: readonly FailedBefore[];
}

type Found =
  | { readonly kind: 'stored'; readonly units: readonly PlannedUnit[] }
  | { readonly kind: 'failed'; readonly failure: UnitFailure }
  | { readonly kind: 'to do'; readonly lacksComparison: boolean };

/**
 * Finds out what is not stored yet. What the reference checkpoint of a run said, if it is stored, is read for the others.
 * @param open starts the engine, where a reference checkpoint has to be asked
 * @throws what `planRun` and reading the results throw
 */
export async function workOf(
  request: SweepRequest,
  plans: readonly RunPlan[],
  results: Pick<ResultStore, 'stateOf' | 'read'>,
  open: () => Promise<Machine>,
): Promise<SweepWork> {
  const { config, shard } = request;
  const all = inOrder(plans, config.order);
  const planned = shard === undefined ? all : shareOf(all, shard);
  const runs = new Map<RunPlan, PlannedRun>();
  for (const plan of new Set(planned.map((item) => item.plan)))
    runs.set(plan, await planRun(request, plan, open));

  const known = new Map<CheckpointRef, Found>();
  for (const { plan, ref } of planned) {
    const run = runs.get(plan);
    if (run !== undefined) known.set(ref, await findUnits(run, ref, results));
  }
  const needed: WorkItem[] = [];
  for (const run of runs.values()) {
    const { reference: ref, selected } = run.plan;
    const isWaitedFor =
      needReference(run.measures) &&
      selected.some((other) => other !== ref && known.get(other)?.kind === 'to do');
    if (!isWaitedFor) continue;
    const found = known.get(ref) ?? (await findUnits(run, ref, results));
    if (found.kind === 'to do') {
      if (!known.has(ref)) needed.push({ run, ref, lacksComparison: false });
    } else if (found.kind === 'failed') {
      const error = new ReferenceFailedError(ref.step, found.failure.error);
      run.reference.resolve(error);
      leaveOutUncompared(known, run.plan, error);
    } else {
      const stored = await readReference(results, found.units, config);
      run.reference.resolve({ weightsHash: run.referenceHash, results: stored });
    }
  }
  const todo: WorkItem[] = [];
  const failed: FailedBefore[] = [];
  for (const { plan, ref } of planned) {
    const [run, found] = [runs.get(plan), known.get(ref)];
    if (found?.kind === 'failed') failed.push({ seed: ref.seed, step: ref.step, ...found.failure });
    if (found?.kind === 'to do' && run !== undefined)
      todo.push({ run, ref, lacksComparison: found.lacksComparison });
  }
  const reused = planned.length - todo.length - failed.length;
  return { planned, todo: [...needed, ...todo], reused, failed };
}

/** Leaves out what only a reference checkpoint that failed is lacking for. */
function leaveOutUncompared(
  known: Map<CheckpointRef, Found>,
  { selected }: RunPlan,
  { kind, message }: ReferenceFailedError,
): void {
  for (const ref of selected) {
    const found = known.get(ref);
    if (found?.kind === 'to do' && found.lacksComparison)
      known.set(ref, { kind: 'failed', failure: { kind, error: message } });
  }
}

async function findUnits(
  run: PlannedRun,
  ref: CheckpointRef,
  results: Pick<ResultStore, 'stateOf'>,
): Promise<Found> {
  const { suite, retryFailed, signal } = run.request;
  const stateOf = (unitId: string): UnitState | undefined =>
    results.stateOf({ unitId, suite: suite.manifest.name, step: ref.step });
  const units = await plannedUnits(run, ref);
  const lacking = units?.filter(({ id }) => stateOf(id) !== 'done');
  if (units !== null && lacking?.length === 0) return { kind: 'stored', units };
  const isComparison = ({ planned }: PlannedUnit): boolean => needReference([planned.configuration.measure]);
  const lacksComparison = ref !== run.plan.reference && lacking?.every(isComparison) === true;
  const todo: Found = { kind: 'to do', lacksComparison };
  if (retryFailed === true || lacksComparison) return todo;
  const files = await ref.source.state(signal).catch(() => null);
  if (files === null) return todo; // the run will say what is wrong with it
  const states = measuresOn(run, setsOfFailure(run)).map((planned) =>
    stateOf(failureId(run, ref, planned, files)),
  );
  const failures = states.flatMap((state) =>
    state !== undefined && state !== 'done' && isLasting(state.kind, ref.source) ? [state] : [],
  );
  const [failure] = failures;
  return failure === undefined || failures.length < states.length ? todo : { kind: 'failed', failure };
}

/** The runs of some work, with its checkpoints only. */
export function plansOf(todo: readonly WorkItem[]): RunPlan[] {
  const plans = new Map<RunPlan, CheckpointRef[]>();
  for (const { run, ref } of todo) plans.set(run.plan, [...(plans.get(run.plan) ?? []), ref]);
  return [...plans].map(([plan, selected]) => ({ ...plan, selected }));
}
