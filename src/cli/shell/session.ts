import type { TextFormat } from '../../queries/format.js';
import type { QueryResult } from '../../queries/run-query.js';
import type { ReadAccess } from '../../store/read-access.js';

/** One use of the shell: what it reads, and how it shows what it finds. */
export interface Session {
  readonly db: string;
  readonly access: ReadAccess | null;
  readonly out: (text: string) => void;
  readonly note: (text: string) => void;
  mode: TextFormat;
  /** Rows of a table that are shown, at most; 0: all. */
  mostRows: number;
  /** Stops what runs now. */
  signal: AbortSignal | undefined;
}

/** Shows a result as the session's mode says. */
export async function show(session: Session, result: Pick<QueryResult, 'columns' | 'rows'>): Promise<void> {
  const { formatResult } = await import('../../queries/format.js');
  const { columns, rows } = result;
  const cut = session.mode === 'table' && session.mostRows > 0 && rows.length > session.mostRows;
  const shown = cut ? rows.slice(0, session.mostRows) : rows;
  session.out(formatResult({ result: { columns, rows: shown }, format: session.mode }));
  if (cut) session.note(`${rows.length} rows, ${shown.length} shown; .rows 0 shows all`);
}

/**
 * Runs one statement of SQL and shows what it gives. The database is open for that moment only.
 * @throws what `runSql` throws
 */
export async function runStatement(session: Session, sql: string): Promise<void> {
  const { runSql } = await import('../../queries/run-query.js');
  const { db, access, signal } = session;
  await show(session, await runSql({ db, access, sql, signal }));
}
