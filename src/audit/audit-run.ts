import type { Finding, Severity } from '../domain/audit-finding.js';
import { completenessFindings } from './completeness.js';
import { driftFindings, tokenizerFindings } from './drift.js';
import { duplicateFindings } from './duplicates.js';
import type { KnownFault, RunFacts } from './facts.js';
import { faultsNotSeen, withReports } from './known-faults.js';
import { pathFindings } from './path.js';
import { sharedPartFindings } from './shared-parts.js';
import { tensorFindings } from './tensor-changes.js';
import { unrelatedFindings } from './unrelated.js';

/**
 * Everything that the facts of a suite's runs tell, at most one finding of a kind for each checkpoint.
 * @param params.faults what the manifest knows of the suite
 * @returns by run, ascending by step, those about the run last; only of the steps that are audited
 */
export function auditRuns(params: {
  readonly runs: readonly RunFacts[];
  readonly faults: readonly KnownFault[];
}): Finding[] {
  const { runs, faults } = params;
  const tokenizers = tokenizerFindings(runs);
  return runs.flatMap((run) => {
    const own = tokenizers.filter(({ seed }) => seed === run.seed);
    return auditRun(run, faults, own)
      .filter(({ step }) => step === null || run.audited.has(step))
      .sort((a, b) => (a.step ?? Infinity) - (b.step ?? Infinity));
  });
}

function auditRun(run: RunFacts, faults: readonly KnownFault[], others: readonly Finding[]): Finding[] {
  const duplicates = duplicateFindings(run, faults);
  const seen = [
    ...completenessFindings(run),
    ...duplicates,
    ...sharedPartFindings(run, stepsOf(duplicates, ['bad', 'warning'])),
    ...tensorFindings(run),
    ...driftFindings(run),
    ...others,
  ];
  const bad = stepsOf(seen, ['bad']);
  const all = [...seen, ...pathFindings(run, bad), ...unrelatedFindings(run, bad)];
  return onePerKind([...withReports(all, faults), ...faultsNotSeen(run, all, faults)]);
}

function stepsOf(findings: readonly Finding[], severities: readonly Severity[]): Set<number> {
  return new Set(
    findings.flatMap(({ step, severity }) => (step !== null && severities.includes(severity) ? [step] : [])),
  );
}

/** Several findings of a kind for a checkpoint as one, with the evidence of all. */
function onePerKind(findings: readonly Finding[]): Finding[] {
  const merged = new Map<string, Finding>();
  for (const one of findings) {
    const key = `${one.step} ${one.kind}`;
    const first = merged.get(key);
    const evidence = first === undefined ? one.evidence : `${first.evidence}; ${one.evidence}`;
    merged.set(key, { ...(first ?? one), evidence });
  }
  return [...merged.values()];
}
