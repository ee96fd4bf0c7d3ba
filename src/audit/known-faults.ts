import type { KnownFault, RunFacts } from './facts.js';
import type { Finding, FindingKind } from '../domain/audit-finding.js';
import { finding } from './finding.js';

/** Kinds of findings that each kind of known fault accounts for, the one that it is known by first. */
const ACCOUNTS_FOR: Readonly<Record<string, readonly FindingKind[]>> = {
  missing: ['missing', 'incomplete'],
  final_weights: ['final_weights', 'out_of_place'],
  other_step_shard: ['other_step_shard', 'other_step_tensors', 'out_of_place'],
  duplicate: ['duplicate', 'final_weights'],
  unrelated_run: ['unrelated_run'],
};

/** Faults that show in a listing, so that not seeing them means that they are gone. */
const SEEN_IN_LISTINGS = ['missing', 'final_weights', 'other_step_shard', 'duplicate'];

/** The findings with links to the reports of those that the manifest knows. */
export function withReports(findings: readonly Finding[], faults: readonly KnownFault[]): Finding[] {
  return findings.map((one) => {
    const { seed, step, kind, severity } = one;
    if (step === null) return one;
    const covering = faults.filter(
      (fault) =>
        fault.covers(seed, step) &&
        fault.expected === (severity === 'expected') &&
        (ACCOUNTS_FOR[fault.kind] ?? []).includes(kind),
    );
    // What is known by this very kind before what may also account for it.
    const known = covering.find((fault) => ACCOUNTS_FOR[fault.kind]?.[0] === kind) ?? covering[0];
    return known === undefined ? one : { ...one, report: known.report };
  });
}

/** Known faults of audited checkpoints that nothing was found of. */
export function faultsNotSeen(
  run: RunFacts,
  findings: readonly Finding[],
  faults: readonly KnownFault[],
): Finding[] {
  const audited = [...run.checkpoints.map(({ step }) => step), ...run.missing];
  return faults
    .filter(
      ({ kind, state, expected }) => state === 'present' && !expected && SEEN_IN_LISTINGS.includes(kind),
    )
    .flatMap((fault) =>
      audited
        .filter((step) => fault.covers(run.seed, step))
        .filter(
          (step) =>
            !findings.some((one) => one.step === step && (ACCOUNTS_FOR[fault.kind] ?? []).includes(one.kind)),
        )
        .map((step) =>
          finding({
            seed: run.seed,
            step,
            kind: 'fault_not_seen',
            evidence: `${fault.kind} was reported: ${fault.note}`,
            report: fault.report,
          }),
        ),
    );
}
