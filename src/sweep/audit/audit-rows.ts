import { CLEAN } from '../../store/schema/audit.js';
import type { RowOf } from '../../store/schema/tables.js';
import { programVersion } from '../../files/package.js';
import type { AuditReport } from './audit-request.js';

const READ = {
  listing: 'listing, config and index compared',
  sample: 'listing and the start of some tensors compared',
  all: 'listing and all values compared',
} as const;

/** Rows of `checkpoint_audit`: the findings of each audited checkpoint, or that there are none. */
export function auditRows(report: AuditReport, auditedAt: Date): RowOf<'checkpoint_audit'>[] {
  const { suite, depth, runs, findings } = report;
  const shared = { suite, depth, program_version: programVersion(), audited_at: auditedAt };
  return runs.flatMap(({ seed, steps }) =>
    steps.flatMap((step): RowOf<'checkpoint_audit'>[] => {
      const own = findings.filter((one) => one.seed === seed && one.step === step);
      if (own.length === 0)
        return [
          {
            ...shared,
            seed,
            step,
            finding: CLEAN,
            severity: 'ok',
            evidence: READ[depth],
            other: null,
            other_step: null,
            report: null,
          },
        ];
      return own.map(({ kind, severity, evidence, equals, report: url }) => ({
        ...shared,
        seed,
        step,
        finding: kind,
        severity,
        evidence,
        other: typeof equals === 'number' ? `step ${equals}` : equals,
        other_step: typeof equals === 'number' ? equals : null,
        report: url,
      }));
    }),
  );
}
