import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DOUBLE,
  DuckDBBlobValue,
  DuckDBDataChunk,
  DuckDBTimestampValue,
  FLOAT,
  INTEGER,
  LIST,
  TIMESTAMP,
  VARCHAR,
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { Column, ColumnType, Columns } from './schema/columns.js';

/** Rows per chunk: DuckDB's vector size. */
const CHUNK_ROWS = 2048;
const MAX_INT32 = 2 ** 31 - 1;

const DUCKDB_TYPE: Record<ColumnType, DuckDBType> = {
  TEXT: VARCHAR,
  INTEGER,
  BIGINT,
  FLOAT,
  DOUBLE,
  BOOLEAN,
  TIMESTAMP,
  BLOB,
  'INTEGER[]': LIST(INTEGER),
};

/** A field of a row: what `RowOf` allows in any column. */
export type Field = string | number | boolean | Date | Uint8Array | null;
export type Fields = Readonly<Record<string, Field>>;

/** Checks a value against its column and gives it in DuckDB's form. @throws TypeError naming the column. */
function cell(name: string, { type, nullable, oneOf }: Column, value: Field | undefined): DuckDBValue {
  const refuse = (expected: string): never => {
    throw new TypeError(`${name} must be ${expected}, got ${String(value)}`);
  };
  if (value === null) return nullable ? null : refuse('given');
  switch (type) {
    case 'TEXT':
      if (typeof value !== 'string') return refuse('text');
      return oneOf === undefined || oneOf.includes(value) ? value : refuse(`one of ${oneOf.join(', ')}`);
    case 'BOOLEAN':
      return typeof value === 'boolean' ? value : refuse('true or false');
    case 'TIMESTAMP':
      return value instanceof Date && Number.isFinite(value.getTime())
        ? new DuckDBTimestampValue(BigInt(value.getTime()) * 1000n)
        : refuse('a date');
    case 'BLOB':
      return value instanceof Uint8Array ? new DuckDBBlobValue(value) : refuse('bytes');
    case 'INTEGER[]':
      return refuse('made in the database, as summaries are');
    case 'INTEGER':
      return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= MAX_INT32
        ? value
        : refuse('a whole number of 32 bits');
    case 'BIGINT':
      return typeof value === 'number' && Number.isSafeInteger(value)
        ? BigInt(value)
        : refuse('a whole number');
    case 'FLOAT':
    case 'DOUBLE':
      return typeof value === 'number' && Number.isFinite(value)
        ? value
        : refuse('a finite number (null beside a null_reason where it was not measured)');
  }
}

/**
 * Rows in DuckDB's form, checked against their columns.
 * @param table name for messages
 * @returns one array per row, in the order of the columns
 * @throws TypeError on a missing field, a wrong type, a value outside its closed list, NaN or an infinity
 */
export function encodeRows(table: string, columns: Columns, rows: readonly Fields[]): DuckDBValue[][] {
  const entries = Object.entries(columns);
  return rows.map((row) => entries.map(([name, column]) => cell(`${table}.${name}`, column, row[name])));
}

/** Appends encoded rows to a table, inside the caller's transaction. */
export async function appendRows(
  connection: DuckDBConnection,
  table: string,
  columns: Columns,
  rows: readonly DuckDBValue[][],
): Promise<void> {
  if (rows.length === 0) return;
  const types = Object.values(columns).map(({ type }) => DUCKDB_TYPE[type]);
  const appender = await connection.createAppender(table);
  try {
    for (let from = 0; from < rows.length; from += CHUNK_ROWS) {
      const chunk = DuckDBDataChunk.create(types);
      chunk.setRows(rows.slice(from, from + CHUNK_ROWS));
      appender.appendDataChunk(chunk);
    }
    appender.flushSync();
  } finally {
    appender.clear();
    appender.closeSync();
  }
}
