import type { HubSuite } from '../../config/find-suite.js';
import type { Finding } from '../../domain/audit-finding.js';
import { AuditFindingsError } from '../../errors/sweep-errors.js';
import { programVersion } from '../../files/package.js';
import { storeAudit } from '../../store/store-audit.js';
import { auditRows } from './audit-rows.js';
import { auditSuite } from './audit-suite.js';
import { checkpointKey } from '../sources/checkpoint-key.js';
import type { RunPlan } from '../sources/checkpoints.js';
import { spoolOf, type SweepRequest } from '../request.js';
import type { HubAccess } from '../sources/sources.js';

export interface TrustInput {
  readonly request: SweepRequest;
  readonly suite: HubSuite;
  readonly plans: readonly RunPlan[];
  readonly access: HubAccess;
}

/**
 * Runs the cheap part of the audit on the checkpoints of a plan, by listings alone, and stores what it found.
 * @returns findings that say not to trust a checkpoint; none where `onBad` is `keep`
 * @throws AuditFindingsError where `onBad` is `fail` and there are some; errors of the Hub and of the store
 */
export async function untrusted({ request, suite, plans, access }: TrustInput): Promise<Finding[]> {
  const { config, db, shard, signal } = request;
  const steps = [...new Set(plans.flatMap(({ selected }) => selected.map(({ step }) => step)))];
  const report = await auditSuite({
    suite,
    hub: () => access.hub,
    seeds: plans.map(({ seed }) => seed),
    steps: steps.join(','),
    depth: 'listing',
    ...(signal && { signal }),
  });
  if (request.readOnly !== true)
    await storeAudit({
      ...{ db: shard === undefined ? db : null, spool: spoolOf(request) },
      programVersion: programVersion(),
      rows: auditRows(report, new Date()),
    });
  const selected = new Set(
    plans.flatMap((plan) => plan.selected.map(({ seed, step }) => checkpointKey(seed, step))),
  );
  const bad = report.findings.filter(
    ({ severity, seed, step }) =>
      severity === 'bad' && step !== null && selected.has(checkpointKey(seed, step)),
  );
  if (bad.length > 0 && config.onBad === 'fail')
    throw new AuditFindingsError(
      suite.manifest.name,
      new Set(bad.map(({ seed, step }) => checkpointKey(seed, step ?? 0))).size,
    );
  return config.onBad === 'keep' ? [] : bad;
}
