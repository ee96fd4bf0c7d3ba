import { isHubSuite } from '../../config/find-suite.js';
import type { Finding } from '../../domain/audit-finding.js';
import { checkpointKey } from '../sources/checkpoint-key.js';
import { planRuns, type RunPlan } from '../sources/checkpoints.js';
import type { HubOpener } from '../sources/hub-opener.js';
import { needReference } from '../measures/measures.js';
import type { SweepRequest } from '../request.js';
import { untrusted } from '../audit/trust.js';

export interface ChoiceEvents {
  /** Checkpoints on the Hub that are left out, since the audit found them bad. */
  onUntrusted?(findings: readonly Finding[]): void;
}

/**
 * Chooses the checkpoints of a sweep. Those on the Hub are audited by their listings first, bad ones left out or refused
 * as `--on-bad` says.
 * @throws what `planRuns` and `untrusted` throw
 */
export async function planSweep(
  request: SweepRequest,
  { access }: HubOpener,
  events: ChoiceEvents,
): Promise<RunPlan[]> {
  const { suite, config, signal, nearest } = request;
  const options = { nearest, withReference: needReference(config.measures), access, signal };
  const all = await planRuns(suite, config, { ...options, onNote: request.onNote });
  if (!isHubSuite(suite)) return all;
  const bad = await untrusted({ request, suite, plans: all, access: await access() });
  if (bad.length === 0) return all;
  events.onUntrusted?.(bad);
  const without = new Set(bad.map(({ seed, step }) => checkpointKey(seed, step ?? 0)));
  return planRuns(suite, config, { ...options, without });
}
