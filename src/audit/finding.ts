import { FINDING_KINDS, type Finding } from '../domain/audit-finding.js';

/** A finding with the severity of its kind and nothing known of it, unless told. */
export function finding(
  given: Pick<Finding, 'seed' | 'step' | 'kind' | 'evidence'> & Partial<Finding>,
): Finding {
  return { severity: FINDING_KINDS[given.kind].severity, equals: null, report: null, ...given };
}
