import { defaultSpool } from '../store/spool/layout.js';
import { findResults } from '../store/spool/find-results.js';
import { hubOpener } from './hub-opener.js';
import { planSweep, type PlanEvents } from './plan-sweep.js';
import type { SweepRequest } from './request.js';
import { cappedPresets } from './run-context.js';
import { openTaskPool } from './tasks/task-pool.js';
import { workOf } from './work.js';

/** A checkpoint in the order in which a sweep would take it. */
export interface ShownCheckpoint {
  readonly seed: number;
  readonly step: number;
  /** `elsewhere`: the reference checkpoint of another shard, which this one needs too. */
  readonly state: 'stored' | 'to do' | 'elsewhere';
  /** Bytes to fetch before it can be analysed; null when the Hub does not say. */
  readonly fetchBytes: number | null;
}

/**
 * What a sweep would do now. Nothing is analysed, stored or changed; but whether a unit is stored depends on the prompts
 * that the reference checkpoint of each run answers right, so that this one is fetched and asked.
 * @throws what `planSweep`, `findResults` and `workOf` throw
 */
export async function showPlan(given: SweepRequest, events: PlanEvents = {}): Promise<ShownCheckpoint[]> {
  const request = { ...given, presets: cappedPresets(given) };
  const { config, db, signal, onNote } = request;
  const hub = hubOpener(request);
  const pool = await openTaskPool({ engine: config.engine, threads: request.workers, signal, onNote });
  try {
    const { plans, batch } = await planSweep(request, { pool, hub }, events);
    const fitted = { ...request, config: { ...config, batch } };
    const results = await findResults({ db, spool: config.spool ?? defaultSpool(db) });
    const { planned, todo } = await workOf(fitted, plans, pool, results);
    const refs = new Set(todo.map(({ ref }) => ref));
    const own = new Set(planned.map(({ ref }) => ref));
    const others = todo.filter(({ ref }) => !own.has(ref));
    return await Promise.all(
      [...others, ...planned].map(async ({ ref }): Promise<ShownCheckpoint> => {
        const isToDo = refs.has(ref);
        return {
          seed: ref.seed,
          step: ref.step,
          state: !own.has(ref) ? 'elsewhere' : isToDo ? 'to do' : 'stored',
          fetchBytes: isToDo ? await ref.source.missingBytes(signal).catch(() => null) : 0,
        };
      }),
    );
  } finally {
    await hub.close();
    await pool.close();
  }
}
