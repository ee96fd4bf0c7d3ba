import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { appendRows } from '../append.js';
import type { EncodedTable } from '../encode-batch.js';
import type { TableDefinition } from '../schema/columns.js';
import { identifier, literal } from '../schema/ddl.js';
import { columnsSince } from '../schema/history.js';
import { TABLES, type TableName } from '../schema/tables.js';
import { withConnection } from '../with-connection.js';
import type { SpooledBatch } from './batch.js';
import { partitionsOf, tableFile } from './layout.js';

/** Columns that a table's Parquet file holds: all but those that its path states. */
function fileColumns(table: TableName): string[] {
  const { columns }: TableDefinition = TABLES[table];
  return Object.keys(columns).filter((column) => !partitionsOf(table).includes(column));
}

/** A table's rows in a batch. */
export interface TableRows {
  readonly table: EncodedTable;
  readonly path: string;
}

/** Runs work on a database in memory that takes one thread: it copies rows, it computes nothing. */
export function inMemory<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const options = {
    threads: '1',
    autoload_known_extensions: 'false',
    autoinstall_known_extensions: 'false',
  };
  return withConnection(() => DuckDBInstance.create(':memory:', options), use);
}

/** Writes one Parquet file for each table. @throws what DuckDB throws, a full disk among it */
export async function writeParquet(tables: readonly TableRows[]): Promise<void> {
  await inMemory(async (connection) => {
    for (const { table, path } of tables) {
      const { columns } = table.definition;
      const typed = Object.entries(columns).map(([name, { type }]) => `${identifier(name)} ${type}`);
      await connection.run(`CREATE TABLE ${identifier(table.table)} (${typed.join(', ')})`);
      await appendRows(connection, table.table, columns, table.rows);
      await connection.run(
        `COPY (SELECT ${fileColumns(table.table).map(identifier).join(', ')} FROM ${identifier(table.table)})
         TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd)`,
      );
      await connection.run(`DROP TABLE ${identifier(table.table)}`);
    }
  });
}

/** SELECT of a table's rows in a batch, all its columns in order; undefined where it has none. */
export function batchRows(batch: SpooledBatch, table: TableName): string | undefined {
  const { suite, step, schemaVersion, files } = batch.manifest;
  if (!files.some((file) => file.table === table)) return undefined;
  const stated = [['suite', literal(suite)] as const, ['step', String(step)] as const];
  return tableRows(batch.folder, table, new Map([...columnsSince(schemaVersion, table), ...stated]));
}

/**
 * SELECT of all columns of a table, in order, out of its file in a folder of a spool.
 * @param stated SQL of the columns that the file has not, by name
 */
export function tableRows(folder: string, table: TableName, stated: ReadonlyMap<string, string>): string {
  const { columns }: TableDefinition = TABLES[table];
  const path = join(folder, tableFile(table));
  const selected = Object.entries(columns).map(([name, { type }]) => {
    const value = stated.get(name);
    return value === undefined ? identifier(name) : `CAST(${value} AS ${type}) AS ${identifier(name)}`;
  });
  return `SELECT ${selected.join(', ')} FROM read_parquet(${literal(path)}, hive_partitioning = false)`;
}
