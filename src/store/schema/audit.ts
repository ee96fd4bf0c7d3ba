import { AUDIT_DEPTHS, FINDING_KINDS, SEVERITIES } from '../../domain/audit-finding.js';
import { choice, integer, nullable, table, text, timestamp } from './columns.js';
import { seed, step, suite } from './shared-columns.js';

const KINDS = Object.keys(FINDING_KINDS);
const MEANINGS = Object.entries(FINDING_KINDS).map(([kind, { meaning }]) => `${kind}: ${meaning}`);

/** Of an audit that found nothing wrong with a checkpoint. */
export const CLEAN = 'clean';

/** What audits found, kept apart from what sweeps measured. */
export const CHECKPOINT_AUDIT = table({
  comment:
    'One row per suite, seed, step, depth and finding: what an audit found wrong with a checkpoint, or that it found nothing. A checkpoint without a row was not audited. A new audit replaces those that read no more than it did.',
  columns: {
    suite,
    seed,
    step,
    depth: choice(
      AUDIT_DEPTHS,
      'what the audit read: listings of files only, the start of some tensors, or all values',
    ),
    finding: choice([CLEAN, ...KINDS], `what was found. ${CLEAN}: nothing; ${MEANINGS.join('; ')}`),
    severity: choice(
      [...SEVERITIES, 'ok'],
      'bad: must not be trusted; warning: may be harmless; expected: as it should be, e.g. step 0 = step 1 where the first update has learning rate 0; ok: nothing was found',
    ),
    evidence: text('what was seen, in words'),
    other: nullable(text('what its weights equal or come from: main, or step N; null where there is none')),
    other_step: nullable(integer('the same as a step; null also for main')),
    report: nullable(text('URL of a report of the fault; null where none is known')),
    program_version: text('version of heuristrace that audited'),
    audited_at: timestamp('when it was audited, UTC'),
  },
  key: ['suite', 'seed', 'step', 'depth', 'finding'],
});
