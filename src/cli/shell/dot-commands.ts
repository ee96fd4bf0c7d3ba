import { UnknownNameError, UsageError } from '../../errors/errors.js';
import { TEXT_FORMATS } from '../../queries/format.js';
import { listQueries, loadQuery } from '../../queries/library.js';
import { runQuery, runSql } from '../../queries/run-query.js';
import { nearestName } from '../options/nearest.js';
import { show, type Session } from './session.js';

export const MODES = TEXT_FORMATS;

interface DotCommand {
  readonly name: string;
  readonly use: string;
  readonly meaning: string;
  /** @returns whether the shell is to end */
  readonly run: (session: Session, words: readonly string[]) => Promise<boolean> | boolean;
}

/** Tables and views with what one row of each is, and columns of one with their meaning: as the database says. */
const CATALOG = {
  tables: `
    SELECT CASE WHEN database_name = current_database() THEN name ELSE database_name || '.' || name END AS name, kind,
      regexp_extract(comment, '^((?:[^:(.]|\\([^)]*\\))*)', 1) AS grain
    FROM (
      SELECT table_name AS name, 'table' AS kind, comment, database_name FROM duckdb_tables()
      UNION ALL
      SELECT view_name, 'view', comment, database_name FROM duckdb_views() WHERE NOT internal
    )
    ORDER BY kind, name`,
  columns: `
    SELECT table_name, column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal
    ORDER BY table_name, column_index`,
};

export const DOT_COMMANDS: readonly DotCommand[] = [
  {
    ...{ name: '.tables', use: '.tables', meaning: 'tables and views, and what one row of each is' },
    run: async (session) => {
      const { db, access } = session;
      await show(session, await runSql({ db, access, sql: CATALOG.tables }));
      return false;
    },
  },
  {
    ...{ name: '.schema', use: '.schema [TABLE]', meaning: 'columns of a table or view, or of all' },
    run: async (session, [table]) => {
      const { db, access } = session;
      const { columns, rows } = await runSql({ db, access, sql: CATALOG.columns });
      const names = [...new Set(rows.flatMap(([name]) => (typeof name === 'string' ? [name] : [])))];
      if (table !== undefined && !names.includes(table))
        throw new UnknownNameError('table', table, names, nearestName(table, names));
      const own = rows.filter(([name]) => name === table).map((row) => row.slice(1));
      await show(session, table === undefined ? { columns, rows } : { columns: columns.slice(1), rows: own });
      return false;
    },
  },
  {
    ...{ name: '.queries', use: '.queries', meaning: 'the named queries' },
    run: async (session) => {
      const columns = ['name', 'question', 'parameters'].map((name) => ({ name, type: 'VARCHAR' }));
      const rows = listQueries().map(({ name, question, params }) => [
        ...[name, question, params.map((param) => param.name).join(', ')],
      ]);
      await show(session, { columns, rows });
      return false;
    },
  },
  {
    ...{ name: '.run', use: '.run NAME [PARAMETER=VALUE ...]', meaning: 'a named query' },
    run: async (session, [name, ...params]) => {
      if (name === undefined) throw new UsageError('.run needs the name of a query', '.queries lists them.');
      const given = Object.fromEntries(
        params.map((word) => {
          const at = word.indexOf('=');
          if (at < 1) throw new UsageError(`'${word}' is no parameter`, 'Write PARAMETER=VALUE.');
          return [word.slice(0, at), word.slice(at + 1)];
        }),
      );
      const query = loadQuery({ name, nearest: nearestName });
      const { db, signal } = session;
      await show(session, await runQuery({ db, query, params: given, nearest: nearestName, signal }));
      return false;
    },
  },
  {
    ...{ name: '.mode', use: `.mode ${MODES.join('|')}`, meaning: 'how results are shown' },
    run: (session, [mode]) => {
      const known = MODES.find((each) => each === mode);
      if (known === undefined)
        throw new UnknownNameError('mode', mode ?? '', MODES, nearestName(mode ?? '', MODES));
      session.mode = known;
      return false;
    },
  },
  {
    ...{ name: '.rows', use: '.rows NUMBER', meaning: 'rows of a table that are shown, at most; 0: all' },
    run: (session, [count]) => {
      if (count === undefined || !/^\d+$/.test(count))
        throw new UsageError('.rows needs a whole number', 'Write .rows 0 to see all rows.');
      session.mostRows = Number(count);
      return false;
    },
  },
  {
    ...{ name: '.help', use: '.help', meaning: 'this list' },
    run: (session) => {
      const width = Math.max(...DOT_COMMANDS.map(({ use }) => use.length));
      for (const { use, meaning } of DOT_COMMANDS) session.out(`${use.padEnd(width)}  ${meaning}`);
      session.out('\nAnything else is SQL, over one line or several, and ends with a semicolon.');
      return false;
    },
  },
  { ...{ name: '.quit', use: '.quit', meaning: 'leave; so does Ctrl-D' }, run: () => true },
];

/** Words of a line; quotes hold blanks together: `.run a "b=c d"`. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map(([word]) => word.replaceAll(/["']/g, ''));

/**
 * Runs a line that begins with a dot.
 * @returns whether the shell is to end
 * @throws UnknownNameError, UsageError; what queries throw
 */
export async function runDotCommand(session: Session, line: string): Promise<boolean> {
  const [name = '', ...words] = wordsOf(line.trim().replace(/;$/, ''));
  const names = DOT_COMMANDS.map((command) => command.name);
  const command = DOT_COMMANDS.find((each) => each.name === name);
  if (command === undefined) throw new UnknownNameError('command', name, names, nearestName(name, names));
  return command.run(session, words);
}
