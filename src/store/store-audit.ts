import { AUDIT_DEPTHS } from '../domain/audit-finding.js';
import { appendRows, encodeRows } from './append.js';
import { transaction, writeStore, type WriteParams } from './database.js';
import { TABLES, type RowOf } from './schema/tables.js';

/**
 * Stores what an audit found, in one transaction. Rows of the same checkpoints by audits that read no more are replaced;
 * those of audits that read more stay.
 * @param params.rows at least one for each audited checkpoint, all of one depth
 * @throws as `writeStore`; TypeError on a field that its column does not allow
 */
export async function storeAudit({
  rows,
  ...write
}: WriteParams & { readonly rows: readonly RowOf<'checkpoint_audit'>[] }): Promise<void> {
  const { columns } = TABLES.checkpoint_audit;
  const encoded = encodeRows('checkpoint_audit', columns, rows);
  const checkpoints = new Map(rows.map((row) => [`${row.suite} ${row.seed} ${row.step}`, row]));
  await writeStore(write, (connection) =>
    transaction(connection, async () => {
      for (const { suite, seed, step, depth } of checkpoints.values())
        for (const replaced of AUDIT_DEPTHS.slice(0, AUDIT_DEPTHS.indexOf(depth) + 1))
          await connection.run(
            'DELETE FROM checkpoint_audit WHERE suite = $suite AND seed = $seed AND step = $step AND depth = $replaced',
            { suite, seed, step, replaced },
          );
      await appendRows(connection, 'checkpoint_audit', columns, encoded);
    }),
  );
}
