import { existsSync, statSync } from 'node:fs';
import { readStore } from './database.js';

/** What a file looks like from outside: changes whenever it is written, by whatever. Null when it is not there. */
export function fileState(db: string): string | null {
  const parts = [db, `${db}.wal`].filter((path) => existsSync(path));
  if (!parts.includes(db)) return null;
  return parts
    .map((path) => statSync(path, { throwIfNoEntry: false }))
    .map((stat) => `${stat?.mtimeMs ?? 0} ${stat?.size ?? 0}`)
    .join(' ');
}

/**
 * What a database holds, in a line: changes whenever a unit or a finding of an audit is stored, and not when what is
 * derived from them is.
 * @param waitMs longest wait for another process that holds it, milliseconds
 * @throws NotADatabaseError, DatabaseVersionError, DatabaseLockedError
 */
export async function databaseState(db: string, waitMs?: number): Promise<string> {
  return readStore({ db, waitMs }, async (connection) => {
    const rows = await connection.runAndReadAll(
      `SELECT (SELECT count(*) FROM units), (SELECT count(*) FROM units WHERE state = 'done'),
         (SELECT max(started_at)::TEXT FROM units), (SELECT count(*) FROM checkpoint_audit)`,
    );
    return (rows.getRowsJS()[0] ?? []).map(String).join(' ');
  });
}
