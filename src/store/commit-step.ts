import type { DuckDBConnection } from '@duckdb/node-api';
import { UnitConflictError } from '../errors/database-errors.js';
import { appendRows } from './append.js';
import { checkReferences } from './check-references.js';
import { transaction, writeStore, type WriteParams } from './database.js';
import {
  encodeBatch,
  type EncodedBatch,
  type EncodedTable,
  type EncodedUnit,
  type StepBatch,
} from './encode-batch.js';
import { insertIfAbsent } from './insert-if-absent.js';
import { RUN_COLUMNS } from './schema/dimensions.js';
import { identifier } from './schema/ddl.js';
import { TABLES } from './schema/tables.js';
import { summarise } from './summarise.js';

/** What became of each unit of a batch, by unit id. */
export interface CommitResult {
  readonly inserted: readonly string[];
  /** Stored already with the same rows, or done already where the new one failed. */
  readonly unchanged: readonly string[];
  /** Stored as failed before. */
  readonly replaced: readonly string[];
}

const list = (names: readonly string[]): string => names.map(identifier).join(', ');

/** Puts encoded rows into a temporary table of the same form, for the time of `use`. */
async function staged<T>(
  connection: DuckDBConnection,
  { table, definition, rows }: EncodedTable,
  use: (staged: string) => Promise<T>,
): Promise<T> {
  const name = `staged_${table}`;
  await connection.run(`CREATE TEMP TABLE ${name} AS SELECT * FROM ${table} LIMIT 0`);
  await appendRows(connection, name, definition.columns, rows);
  const result = await use(name);
  await connection.run(`DROP TABLE ${name}`);
  return result;
}

/** @throws UnitConflictError when the stored unit has another identity or other facts */
async function compareUnit(connection: DuckDBConnection, { unit, row, facts }: EncodedUnit): Promise<void> {
  const runColumns: readonly string[] = RUN_COLUMNS;
  const identity = Object.keys(TABLES.units.columns).filter((name) => !runColumns.includes(name));
  for (const encoded of [row, ...facts]) {
    const columns = encoded.table === 'units' ? list(identity) : '*';
    await staged(connection, encoded, async (fresh) => {
      const stored = `SELECT ${columns} FROM ${encoded.table} WHERE unit_id = $unit`;
      const given = `SELECT ${columns} FROM ${fresh}`;
      const differing = await connection.runAndReadAll(
        `SELECT 1 FROM ((${stored} EXCEPT ALL ${given}) UNION ALL (${given} EXCEPT ALL ${stored})) LIMIT 1`,
        { unit: unit.unit_id },
      );
      if (differing.currentRowCount > 0) throw new UnitConflictError(unit.unit_id);
    });
  }
}

async function commitUnit(connection: DuckDBConnection, encoded: EncodedUnit): Promise<keyof CommitResult> {
  const { unit, row, facts } = encoded;
  const found = await connection.runAndReadAll('SELECT state FROM units WHERE unit_id = $unit', {
    unit: unit.unit_id,
  });
  const before = found.getRowsJS()[0]?.[0];
  if (before === 'done') {
    if (unit.state === 'done') await compareUnit(connection, encoded);
    return 'unchanged';
  }
  if (before !== undefined)
    await connection.run('DELETE FROM units WHERE unit_id = $unit', { unit: unit.unit_id });
  for (const { table, definition, rows } of [row, ...facts])
    await appendRows(connection, table, definition.columns, rows);
  return before === undefined ? 'inserted' : 'replaced';
}

async function commitBatch(connection: DuckDBConnection, batch: EncodedBatch): Promise<CommitResult> {
  for (const dimension of batch.dimensions) {
    const { table, rows } = dimension;
    if (rows.length > 0)
      await staged(connection, dimension, (fresh) => insertIfAbsent(connection, { table, fresh }));
  }
  const result = { inserted: [] as string[], unchanged: [] as string[], replaced: [] as string[] };
  for (const unit of batch.units) result[await commitUnit(connection, unit)].push(unit.unit.unit_id);
  const stored = [...result.inserted, ...result.replaced];
  await checkReferences(connection, stored);
  await summarise(connection, stored);
  return result;
}

/**
 * Stores the units of one step with their facts and what these refer to, in one transaction: whole or not at all.
 * The database is created when absent and held open for this moment only.
 *
 * Rows of dimensions are inserted if absent. A unit that is stored with the same identity and facts is left as it is
 * (engine, times and costs may differ); one stored as failed is replaced; one stored as done is never replaced.
 * @param params.batch facts without unit_id, suite, seed and step, which their unit states
 * @throws UnitConflictError when a unit is stored with other facts
 * @throws DimensionConflictError when a checkpoint, say, is stored with other values
 * @throws NotADatabaseError, DatabaseVersionError, DatabaseLockedError, UnwritableError, DiskFullError
 * @throws TypeError or Error when the batch contradicts the schema or itself, a fault of the caller
 */
export async function commitStep({
  batch,
  ...write
}: WriteParams & { readonly batch: StepBatch }): Promise<CommitResult> {
  const encoded = encodeBatch(batch);
  return writeStore(write, (connection) => transaction(connection, () => commitBatch(connection, encoded)));
}
