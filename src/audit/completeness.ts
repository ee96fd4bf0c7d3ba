import type { RunFacts } from './facts.js';
import type { Finding } from '../domain/audit-finding.js';
import { finding } from './finding.js';

/** Steps without a revision, revisions without a step, and what revisions lack. */
export function completenessFindings(run: RunFacts): Finding[] {
  const { seed, source, missing, checkpoints, unexpected } = run;
  return [
    ...missing.map((step) =>
      finding({ seed, step, kind: 'missing', evidence: `${source} has no revision for it` }),
    ),
    ...checkpoints.flatMap(({ step, lacks, faulty }) => [
      ...(lacks.length === 0
        ? []
        : [finding({ seed, step, kind: 'incomplete', evidence: lacks.join('; ') })]),
      ...(faulty.length === 0
        ? []
        : [finding({ seed, step, kind: 'unreadable', evidence: faulty.join('; ') })]),
    ]),
    ...(unexpected.length === 0
      ? []
      : [finding({ seed, step: null, kind: 'unexpected_revision', evidence: unexpected.join(', ') })]),
  ];
}
