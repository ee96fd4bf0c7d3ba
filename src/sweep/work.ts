import type { CheckpointRef, RunPlan } from './checkpoints.js';
import type { ResultStore } from '../store/spool/result-store.js';
import { readReference } from './read-reference.js';
import type { SweepRequest } from './request.js';
import { openRun, type RunContext } from './run-context.js';
import { shareOf } from './shard.js';
import { orderSteps, type StepOrder } from './step-order.js';
import type { TaskPool } from './tasks/task-pool.js';
import { plannedUnits } from './units.js';

/** A checkpoint to analyse. */
export interface WorkItem {
  readonly context: RunContext;
  readonly ref: CheckpointRef;
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

/** What a sweep has to do. */
export interface SweepWork {
  /** Checkpoints of the plan that fall to this sweep. */
  readonly planned: readonly PlannedCheckpoint[];
  /** Of these, what is not stored; before them reference checkpoints that fall to other shards but are needed here. */
  readonly todo: readonly WorkItem[];
  /** Of the planned, how many are stored. */
  readonly reused: number;
}

/**
 * Finds out what is not stored yet. What the reference checkpoint of a run said, if it is stored, is read for the others.
 * @throws what `openRun` and reading the results throw
 */
export async function workOf(
  request: SweepRequest,
  plans: readonly RunPlan[],
  pool: TaskPool,
  results: Pick<ResultStore, 'isDone' | 'read'>,
): Promise<SweepWork> {
  const { config, shard, suite } = request;
  const all = inOrder(plans, config.order);
  const planned = shard === undefined ? all : shareOf(all, shard);
  const contexts = new Map<RunPlan, RunContext>();
  for (const plan of new Set(planned.map((item) => item.plan)))
    contexts.set(plan, await openRun(request, plan, pool));

  const storedUnits = async (
    context: RunContext,
    ref: CheckpointRef,
  ): Promise<Awaited<ReturnType<typeof plannedUnits>>> => {
    const units = await plannedUnits(context, ref);
    const at = { suite: suite.manifest.name, step: ref.step };
    return units?.every(({ id }) => results.isDone({ unitId: id, ...at })) === true ? units : null;
  };
  const todo: WorkItem[] = [];
  for (const { plan, ref } of planned) {
    const context = contexts.get(plan);
    if (context !== undefined && (await storedUnits(context, ref)) === null) todo.push({ context, ref });
  }
  const needed: WorkItem[] = [];
  for (const context of contexts.values()) {
    const { reference: ref } = context.plan;
    const others = todo.filter((item) => item.context === context);
    const isWaitedFor = context.measures.has('faithfulness') && others.length > 0;
    if (!isWaitedFor || others.some((item) => item.ref === ref)) continue;
    const units = await storedUnits(context, ref);
    if (units === null) needed.push({ context, ref });
    else context.reference.resolve(await readReference(results, units, config));
  }
  return { planned, todo: [...needed, ...todo], reused: planned.length - todo.length };
}
