import type { DuckDBConnection } from '@duckdb/node-api';
import { AUDIT_DEPTHS } from '../../domain/audit-finding.js';
import { readStore, transaction, writeStore, type WriteParams } from '../database.js';
import { identifier, literal } from '../schema/ddl.js';
import { TABLES } from '../schema/tables.js';
import { auditRowsOf, latestAudit, type SpooledAudit } from './audit.js';

/** Position of a depth among the depths, the cheapest first. */
const rank = (column: string): string =>
  `list_position([${AUDIT_DEPTHS.map(literal).join(', ')}], ${column})`;

/**
 * Of all audits of a checkpoint the rows that are in force: a later audit replaces those that read no more than it did.
 * That says nothing of the order in which they are stored, so that spools may be merged in any order, and twice.
 */
const IN_FORCE = `
  SELECT * FROM audits AS a
  WHERE NOT EXISTS (
    SELECT 1 FROM audits AS b
    WHERE b.suite = a.suite AND b.seed = a.seed AND b.step = a.step AND b.audited_at > a.audited_at
      AND ${rank('b.depth')} >= ${rank('a.depth')}
  )
  QUALIFY row_number() OVER (
    PARTITION BY ${TABLES.checkpoint_audit.key.map(identifier).join(', ')}
    ORDER BY ${Object.keys(TABLES.checkpoint_audit.columns).map(identifier).join(', ')}
  ) = 1`;

/**
 * Stores audits of spools, in one transaction.
 * @throws as `writeStore`
 */
export async function ingestAudits({
  audits,
  ...write
}: WriteParams & { readonly audits: readonly SpooledAudit[] }): Promise<void> {
  if (audits.length === 0) return;
  await writeStore(write, (connection) =>
    transaction(connection, async () => {
      const rows = ['SELECT * FROM checkpoint_audit', ...audits.map(auditRowsOf)].join(' UNION ALL ');
      await connection.run(`CREATE TEMP TABLE audits AS ${rows}`);
      await connection.run(`CREATE TEMP TABLE in_force AS ${IN_FORCE}`);
      await connection.run('DELETE FROM checkpoint_audit');
      await connection.run('INSERT INTO checkpoint_audit SELECT * FROM in_force');
      await connection.run('DROP TABLE audits');
      await connection.run('DROP TABLE in_force');
    }),
  );
}

/** Whether a database lacks the latest audit of a suite: those before it were stored before it. */
async function lacks(connection: DuckDBConnection, audits: readonly SpooledAudit[]): Promise<boolean> {
  const found = await connection.runAndReadAll(
    'SELECT suite, max(audited_at) FROM checkpoint_audit GROUP BY suite',
  );
  const stored = new Map(
    found.getRowsJS().map(([suite, at]) => [suite, at instanceof Date ? at.getTime() : 0]),
  );
  return [...new Set(audits.map(({ manifest }) => manifest.suite))].some((suite) => {
    const latest = latestAudit(audits.filter(({ manifest }) => manifest.suite === suite));
    return latest !== undefined && Date.parse(latest.manifest.auditedAt) > (stored.get(suite) ?? -Infinity);
  });
}

/** Stores audits of a spool that a database, which is there, lacks. @throws as `ingestAudits` */
export async function bringUpAudits(
  write: WriteParams & { readonly audits: readonly SpooledAudit[] },
): Promise<void> {
  const { audits, ...at } = write;
  if (audits.length > 0 && (await readStore(at, (connection) => lacks(connection, audits))))
    await ingestAudits(write);
}
