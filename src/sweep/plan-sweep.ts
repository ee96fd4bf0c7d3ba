import { isHubSuite } from '../config/find-suite.js';
import type { Finding } from '../domain/audit-finding.js';
import { checkpointKey } from './checkpoint-key.js';
import { planRuns, type RunPlan } from './checkpoints.js';
import { forecastSweep, type SweepForecast } from './forecast.js';
import type { HubOpener } from './hub-opener.js';
import type { SweepRequest } from './request.js';
import { untrusted } from './trust.js';

/** What planning a sweep tells. */
export interface PlanEvents {
  /** Checkpoints on the Hub that are left out, since the audit found them bad. */
  onUntrusted?(findings: readonly Finding[]): void;
  /** What has to be fetched, of a suite on the Hub; told before any weights are. */
  onForecast?(forecast: SweepForecast): void;
}

/**
 * Chooses the checkpoints of a sweep. Those on the Hub are audited by their listings first, bad ones left out or refused
 * as `--on-bad` says, and what cannot fit is refused.
 * @throws what `planRuns`, `untrusted` and `forecastSweep` throw
 */
export async function planSweep(
  request: SweepRequest,
  { access }: HubOpener,
  events: PlanEvents,
): Promise<RunPlan[]> {
  const { suite, config, db, signal, nearest } = request;
  const options = { nearest, withReference: config.measures.includes('faithfulness'), access, signal };
  const all = await planRuns(suite, config, options);
  if (!isHubSuite(suite)) return all;
  const bad = await untrusted({ suite, config, db, plans: all, access: await access(), signal });
  if (bad.length > 0) events.onUntrusted?.(bad);
  const without = new Set(bad.map(({ seed, step }) => checkpointKey(seed, step ?? 0)));
  const plans = bad.length === 0 ? all : await planRuns(suite, config, { ...options, without });
  const forecast = await forecastSweep(suite, config, plans, await access(), signal);
  events.onForecast?.(forecast);
  return plans;
}
