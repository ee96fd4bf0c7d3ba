import { findResults } from '../../store/spool/find-results.js';
import { hubOpener } from '../sources/hub-opener.js';
import { checkpointKey } from '../sources/checkpoint-key.js';
import type { PlanEvents } from '../events.js';
import { machineOpener } from '../machine.js';
import { planSweep } from './plan-sweep.js';
import { spoolOf, type SweepRequest } from '../request.js';
import { cappedPresets } from '../run-context.js';
import { plansOf, workOf } from './work.js';

/** A checkpoint in the order in which a sweep would take it. */
export interface ShownCheckpoint {
  readonly seed: number;
  readonly step: number;
  /** `elsewhere`: the reference checkpoint of another shard, which this one needs too. */
  readonly state: 'stored' | 'to do' | 'failed' | 'elsewhere';
  /** Of one that failed before, and is left out. */
  readonly error: string | null;
  /** Bytes to fetch before it can be analysed; null when the Hub does not say. */
  readonly fetchBytes: number | null;
}

/**
 * What a sweep would do now. Nothing is analysed, stored or changed; but whether a unit is stored depends on the prompts
 * that the reference checkpoint of each run answers right, so that this one is fetched and asked.
 * @throws what `planSweep`, `findResults` and `workOf` throw
 */
export async function showPlan(given: SweepRequest, events: PlanEvents = {}): Promise<ShownCheckpoint[]> {
  const request = { ...given, presets: cappedPresets(given), readOnly: true };
  const { db, signal } = request;
  const hub = hubOpener(request);
  const machine = machineOpener(request, hub, events);
  try {
    const plans = await planSweep(request, hub, events);
    const results = await findResults({ db, spool: spoolOf(request) });
    const { planned, todo, failed } = await workOf(request, plans, results, () => machine.open(plans));
    if (todo.length > 0) await machine.open(plansOf(todo));
    const failures = new Map(failed.map((one) => [checkpointKey(one.seed, one.step), one.error]));
    const refs = new Set(todo.map(({ ref }) => ref));
    const own = new Set(planned.map(({ ref }) => ref));
    const others = todo.filter(({ ref }) => !own.has(ref));
    return await Promise.all(
      [...others, ...planned].map(async ({ ref }): Promise<ShownCheckpoint> => {
        const isToDo = refs.has(ref);
        const error = failures.get(checkpointKey(ref.seed, ref.step)) ?? null;
        return {
          seed: ref.seed,
          step: ref.step,
          state: !own.has(ref) ? 'elsewhere' : isToDo ? 'to do' : error === null ? 'stored' : 'failed',
          error,
          fetchBytes: isToDo ? await ref.source.missingBytes(signal).catch(() => null) : 0,
        };
      }),
    );
  } finally {
    await hub.close();
    await machine.close();
  }
}
