import type { RowOf } from '../../src/store/schema/tables.js';

type Row = RowOf<'checkpoint_audit'>;

/** A row about a checkpoint of the example's suite, seed 0. */
export function auditRow(step: number, finding: Row['finding'], rest: Partial<Row> = {}): Row {
  return {
    suite: 'toy',
    seed: 0,
    step,
    depth: 'listing',
    finding,
    severity: finding === 'clean' ? 'ok' : 'bad',
    evidence: `seen at step ${step}`,
    other: null,
    other_step: null,
    report: null,
    program_version: '0.1.0',
    audited_at: new Date('2024-05-01T10:00:00Z'),
    ...rest,
  };
}

/** Step 0 = step 1, which was not analysed; copies of the final model; a sound checkpoint. */
export const exampleAudit: readonly Row[] = [
  auditRow(0, 'duplicate', { severity: 'expected', other: 'step 1', other_step: 1 }),
  auditRow(1, 'duplicate', { severity: 'expected', other: 'step 0', other_step: 0 }),
  auditRow(10, 'final_weights', { other: 'main', report: 'https://example.org/205' }),
  auditRow(10, 'tokenizer_changed', { severity: 'warning' }),
  auditRow(100, 'final_weights', { other: 'main', report: 'https://example.org/205' }),
  auditRow(1000, 'clean'),
];
