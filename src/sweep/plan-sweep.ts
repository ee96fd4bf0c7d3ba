import { isHubSuite } from '../config/find-suite.js';
import type { Finding } from '../domain/audit-finding.js';
import { checkpointKey } from './checkpoint-key.js';
import { planRuns, type RunPlan } from './checkpoints.js';
import { engineSpeed, roomOf } from './cost/room.js';
import { forecastSweep, type SweepForecast } from './forecast.js';
import type { HubOpener } from './hub-opener.js';
import type { SweepRequest } from './request.js';
import type { TaskPool } from './tasks/task-pool.js';
import { untrusted } from './trust.js';

/** What planning a sweep tells. */
export interface PlanEvents {
  /** Checkpoints on the Hub that are left out, since the audit found them bad. */
  onUntrusted?(findings: readonly Finding[]): void;
  /** What the sweep will need; told before any weights are fetched. */
  onForecast?(forecast: SweepForecast): void;
}

/** What a sweep will do, and how much at a time. */
export interface SweepPlan extends Pick<SweepForecast, 'batch' | 'inFlight' | 'mapBytes'> {
  readonly plans: readonly RunPlan[];
}

/**
 * Chooses the checkpoints of a sweep, and the batch that fits. Checkpoints on the Hub are audited by their listings
 * first, bad ones left out or refused as `--on-bad` says, and what cannot fit is refused.
 * @throws what `planRuns`, `untrusted` and `forecastSweep` throw
 */
export async function planSweep(
  request: SweepRequest,
  { pool, hub: { access } }: { readonly pool: TaskPool; readonly hub: HubOpener },
  events: PlanEvents,
): Promise<SweepPlan> {
  const { suite, config, db, signal, nearest } = request;
  const options = { nearest, withReference: config.measures.includes('faithfulness'), access, signal };
  const all = await planRuns(suite, config, options);
  const forecast = async (plans: readonly RunPlan[]): Promise<SweepPlan> => {
    const found = await forecastSweep({
      ...{ suite, config, plans, signal },
      room: await roomOf(pool.engine.name, pool.engines),
      gigaflops: engineSpeed(pool.engine.name),
      access,
    });
    events.onForecast?.(found);
    const { batch, inFlight, mapBytes } = found;
    return { plans, batch, inFlight, mapBytes };
  };
  if (!isHubSuite(suite)) return forecast(all);
  const bad = await untrusted({ suite, config, db, plans: all, access: await access(), signal });
  if (bad.length > 0) events.onUntrusted?.(bad);
  const without = new Set(bad.map(({ seed, step }) => checkpointKey(seed, step ?? 0)));
  return forecast(bad.length === 0 ? all : await planRuns(suite, config, { ...options, without }));
}
