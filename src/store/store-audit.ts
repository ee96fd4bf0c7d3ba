import type { WriteParams } from './database.js';
import type { RowOf } from './schema/tables.js';
import { spoolAudit } from './spool/audit.js';
import { ingestAudits } from './spool/ingest-audits.js';
import { openSpool } from './spool/open-spool.js';

interface StoreAuditParams extends Omit<WriteParams, 'db'> {
  /** null: the spool only, for others to merge. */
  readonly db: string | null;
  readonly spool: string;
  /** At least one for each audited checkpoint, all of one depth and suite. */
  readonly rows: readonly RowOf<'checkpoint_audit'>[];
}

/**
 * Stores what an audit found, in the spool and from there in the database. Rows of the same checkpoints by audits that
 * read no more are replaced; those of audits that read more stay.
 * @throws as `writeStore` and `spoolAudit`
 */
export async function storeAudit({ rows, db, spool, ...write }: StoreAuditParams): Promise<void> {
  const { audits } = await openSpool(spool, { verify: false });
  const fresh = await spoolAudit({ spool, audits, rows, programVersion: write.programVersion });
  if (db === null) return;
  await ingestAudits({ ...write, db, audits: fresh === null ? audits : [...audits, fresh] });
}
