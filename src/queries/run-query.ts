import {
  JsonDuckDBValueConverter,
  StatementType,
  type DuckDBConnection,
  type DuckDBDataChunk,
  type DuckDBResult,
  type DuckDBType,
  type Json,
} from '@duckdb/node-api';
import { QueryError } from '../errors/database-errors.js';
import { HeuristraceError } from '../errors/errors.js';
import { readStore, type OpenParams, type ReadParams } from '../store/database.js';
import type { QueryDefinition } from './header.js';
import type { Nearest } from './library.js';
import { bindings, checkKnown, typedParams, type GivenParams } from './params.js';

/** A value of a result: numbers as numbers, moments as `2026-01-31 12:00:00` (UTC), lists and structs as such. */
export type Cell = Json;

export interface QueryResult {
  /** Names and DuckDB types of the columns, in order. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly Cell[])[];
  /** The same values in DuckDB's own form, for Parquet. */
  readonly raw: { readonly types: readonly DuckDBType[]; readonly chunks: readonly DuckDBDataChunk[] };
}

/** Numbers that DuckDB's client gives as text because JavaScript may lose digits. */
const WIDE_NUMBER = /^(U?BIGINT|U?HUGEINT|DECIMAL\(.*\))$/;

function narrowed(value: Cell | null): Cell {
  if (typeof value !== 'string') return value;
  const number = Number(value);
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? value : number;
}

/** The rows of a chunk, read by column: DuckDB keeps it so, and its types are asked once. */
function rowsOf(chunk: DuckDBDataChunk, columns: QueryResult['columns']): Cell[][] {
  const cells = columns.map(({ type }, i) => {
    const values = chunk.convertColumnValues<Json>(i, JsonDuckDBValueConverter);
    return WIDE_NUMBER.test(type) ? values.map(narrowed) : values;
  });
  return Array.from({ length: chunk.rowCount }, (_, row) => cells.map((column) => column[row] ?? null));
}

async function collect(result: DuckDBResult): Promise<QueryResult> {
  const types = result.columnTypes();
  const names = result.deduplicatedColumnNames();
  const columns = types.map((type, i) => ({ name: names[i] ?? '', type: type.toString() }));
  const chunks = await result.fetchAllChunks();
  return { columns, rows: chunks.flatMap((chunk) => rowsOf(chunk, columns)), raw: { types, chunks } };
}

const STOP_AGAIN_MS = 50;

/** Faults of the file itself are told apart from faults of the SQL. */
const FILE_FAULT = /^(IO|Serialization|Fatal|FATAL) Error|Corrupt database/;

/**
 * Runs on a connection what can be stopped; what DuckDB says against it is told as a fault of the query.
 * @throws QueryError, also when told to stop
 */
async function asQuery<T>(
  connection: DuckDBConnection,
  signal: AbortSignal | undefined,
  run: () => Promise<T>,
): Promise<T> {
  // What is told to stop before it has begun goes on: so it is told again until it ends.
  let again: NodeJS.Timeout | undefined;
  const stop = (): void => {
    connection.interrupt();
    again ??= setInterval(stop, STOP_AGAIN_MS);
  };
  if (signal?.aborted === true) stop();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await run();
  } catch (error) {
    if (error instanceof HeuristraceError || !(error instanceof Error) || FILE_FAULT.test(error.message))
      throw error;
    throw new QueryError(error.message.replace(/^Failed to \w+ \w+: /, ''));
  } finally {
    signal?.removeEventListener('abort', stop);
    clearInterval(again);
  }
}

/** A query of the library, and the database it is asked of. */
export interface QueryParams extends OpenParams {
  readonly query: QueryDefinition;
  readonly params?: GivenParams;
  readonly nearest?: Nearest | undefined;
  /** Stops the query. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a query of the library.
 * @param given values by parameter; what is left out gets its default, null means all
 * @returns the columns that its header declares
 * @throws UnknownNameError for a parameter, or a value, that is not known; UsageError for one of the wrong type
 * @throws QueryError when told to stop
 * @throws NotADatabaseError, DatabaseVersionError, DatabaseLockedError
 */
export async function runQuery({
  query,
  params: given = {},
  nearest,
  signal,
  ...open
}: QueryParams): Promise<QueryResult> {
  const values = typedParams(query, given, nearest);
  return readStore(open, async (connection) => {
    await checkKnown(connection, query, given, nearest);
    return asQuery(connection, signal, async () =>
      collect(await connection.run(query.sql, ...bindings(query, values))),
    );
  });
}

/** What follows EXPLAIN and its options. */
const EXPLAINED = /^\s*explain\s+(?:analy[sz]e\s+)?(?:verbose\s+)?(?:\([^)]*\)\s*)?/i;
const COMMENTS = /--.*|\/\*[^]*?\*\//g;

/** EXPLAIN ANALYZE runs what it explains, so that must read too. */
async function reads(connection: DuckDBConnection, sql: string, type: StatementType): Promise<boolean> {
  if (type === StatementType.SELECT) return true;
  if (type !== StatementType.EXPLAIN) return false;
  const explained = await connection.prepare(sql.replace(COMMENTS, ' ').replace(EXPLAINED, ''));
  return explained.statementType === StatementType.SELECT;
}

/**
 * Runs one statement of the user's that only reads: SELECT, FROM, SHOW, DESCRIBE, SUMMARIZE or EXPLAIN.
 * The database is open read-only; no file but those given can be reached and no setting changed, unless
 * `access.external` allows any statement.
 * @param params.signal stops the statement
 * @throws QueryError; UsageError for a file that cannot be attached
 * @throws NotADatabaseError, DatabaseVersionError, DatabaseLockedError
 */
export async function runSql({
  sql,
  signal,
  ...open
}: ReadParams & { readonly sql: string; readonly signal?: AbortSignal | undefined }): Promise<QueryResult> {
  return readStore(open, (connection) =>
    asQuery(connection, signal, async () => {
      if (sql.replace(COMMENTS, '').replace(/[\s;]/g, '') === '')
        throw new QueryError('there is no statement');
      const statements = await connection.extractStatements(sql);
      if (statements.count !== 1)
        throw new QueryError(
          `one statement is run at a time, got ${statements.count}`,
          'Give them one by one.',
        );
      const prepared = await statements.prepare(0);
      if (open.access?.external !== true && !(await reads(connection, sql, prepared.statementType)))
        throw new QueryError(
          'only statements that read are run',
          'Use SELECT; the database is opened read-only.',
        );
      return collect(await prepared.run());
    }),
  );
}
