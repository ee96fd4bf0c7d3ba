import { completenessFindings } from './completeness.js';
import { driftFindings } from './drift.js';
import { duplicateFindings } from './duplicates.js';
import type { KnownFault, RunFacts } from './facts.js';
import type { Finding } from './finding.js';
import { faultsNotSeen, withReports } from './known-faults.js';
import { pathFindings } from './path.js';
import { sharedPartFindings } from './shared-parts.js';
import { tensorFindings } from './tensor-changes.js';

/**
 * Everything that the facts of a run tell, at most one finding of a kind for each checkpoint.
 * @param params.faults what the manifest knows of the suite
 * @param params.audited steps to speak of; the others serve for comparison
 * @returns ascending by step, those about the run last
 */
export function auditRun(params: {
  readonly run: RunFacts;
  readonly faults: readonly KnownFault[];
  readonly audited: ReadonlySet<number>;
}): Finding[] {
  const { run, faults, audited } = params;
  const seen = [
    ...completenessFindings(run),
    ...duplicateFindings(run, faults),
    ...sharedPartFindings(run),
    ...tensorFindings(run),
    ...driftFindings(run),
  ];
  const explained = new Set(
    seen.flatMap(({ step, severity }) => (step !== null && severity === 'bad' ? [step] : [])),
  );
  const all = [...seen, ...pathFindings(run, explained)];
  return [...withReports(all, faults), ...faultsNotSeen(run, all, faults)]
    .filter(({ step }) => step === null || audited.has(step))
    .sort((a, b) => (a.step ?? Infinity) - (b.step ?? Infinity));
}

/** Steps of each seed whose weights must not be trusted, with why. */
export function badSteps(findings: readonly Finding[]): Map<number, Map<number, Finding[]>> {
  const bad = new Map<number, Map<number, Finding[]>>();
  for (const one of findings) {
    if (one.severity !== 'bad' || one.step === null) continue;
    const steps = bad.get(one.seed) ?? new Map<number, Finding[]>();
    steps.set(one.step, [...(steps.get(one.step) ?? []), one]);
    bad.set(one.seed, steps);
  }
  return bad;
}
