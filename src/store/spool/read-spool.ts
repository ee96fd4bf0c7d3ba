import type { DuckDBConnection } from '@duckdb/node-api';
import { identifier } from '../schema/ddl.js';
import { TABLES, TABLE_NAMES, type TableName } from '../schema/tables.js';
import type { SpooledBatch } from './batch.js';
import { batchRows, inMemory } from './parquet.js';

/** SELECT of a table's rows in all batches; of no rows where none has any. */
function rowsOfAll(batches: readonly SpooledBatch[], table: TableName): string {
  const parts = batches.flatMap((batch) => batchRows(batch, table) ?? []);
  if (parts.length > 0) return parts.join(' UNION ALL ');
  const columns = Object.entries(TABLES[table].columns).map(
    ([name, { type }]) => `CAST(NULL AS ${type}) AS ${identifier(name)}`,
  );
  return `SELECT ${columns.join(', ')} WHERE false`;
}

/**
 * Reads batches of a spool as a database: one view for each table. Rows that several batches hold come several times.
 */
export async function readSpool<T>(
  batches: readonly SpooledBatch[],
  use: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  return inMemory(async (connection) => {
    for (const table of TABLE_NAMES)
      await connection.run(`CREATE VIEW ${identifier(table)} AS ${rowsOfAll(batches, table)}`);
    return use(connection);
  });
}
