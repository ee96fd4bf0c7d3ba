import type { DuckDBConnection } from '@duckdb/node-api';
import { checkReferences } from '../check-references.js';
import { transaction, writeStore, type WriteParams } from '../database.js';
import { insertIfAbsent } from '../insert-if-absent.js';
import { literal } from '../schema/ddl.js';
import { DIMENSION_NAMES, FACT_NAMES } from '../schema/tables.js';
import type { SpooledBatch } from './batch.js';
import { summarise } from '../summarise.js';
import { batchRows } from './parquet.js';

/** What became of the units of batches, by unit id. */
export interface CommitResult {
  readonly inserted: readonly string[];
  /** Stored already. */
  readonly unchanged: readonly string[];
  /** Stored as failed before. */
  readonly replaced: readonly string[];
}

/** Batches in one transaction: the database is held for about a second. */
const BATCHES_AT_ONCE = 16;

/** The state in which units are stored, by id. */
async function statesOf(
  connection: DuckDBConnection,
  unitIds: readonly string[],
): Promise<ReadonlyMap<unknown, unknown>> {
  const found = await connection.runAndReadAll(
    `SELECT unit_id, state FROM units WHERE unit_id IN (${unitIds.map(literal).join(', ')})`,
  );
  return new Map(found.getRowsJS().map(([id, state]) => [id, state]));
}

async function ingestBatch(connection: DuckDBConnection, batch: SpooledBatch): Promise<CommitResult> {
  const { units } = batch.manifest;
  const before = await statesOf(
    connection,
    units.map(({ unitId }) => unitId),
  );
  const fresh = units.filter(({ unitId, state }) => {
    const stored = before.get(unitId);
    return stored === undefined || (stored === 'failed' && state === 'done');
  });
  const replaced = fresh.filter(({ unitId }) => before.has(unitId)).map(({ unitId }) => unitId);
  const inserted = fresh.filter(({ unitId }) => !before.has(unitId)).map(({ unitId }) => unitId);
  const unchanged = units.filter((unit) => !fresh.includes(unit)).map(({ unitId }) => unitId);
  if (fresh.length === 0) return { inserted, replaced, unchanged };
  for (const table of DIMENSION_NAMES) {
    const rows = batchRows(batch, table);
    if (rows === undefined) continue;
    await connection.run(`CREATE TEMP TABLE spooled AS ${rows}`);
    await insertIfAbsent(connection, { table, fresh: 'spooled' });
    await connection.run('DROP TABLE spooled');
  }
  const ids = fresh.map(({ unitId }) => literal(unitId)).join(', ');
  if (replaced.length > 0)
    await connection.run(`DELETE FROM units WHERE unit_id IN (${replaced.map(literal).join(', ')})`);
  for (const table of ['units', ...FACT_NAMES] as const) {
    const rows = batchRows(batch, table);
    if (rows !== undefined)
      await connection.run(`INSERT INTO ${table} SELECT * FROM (${rows}) WHERE unit_id IN (${ids})`);
  }
  await checkReferences(connection, [...inserted, ...replaced]);
  return { inserted, replaced, unchanged };
}

/**
 * Stores the units of batches that are not stored yet, each batch whole or not at all. The database is created when
 * absent, and let go between transactions so that others can read.
 *
 * A unit that is stored as done is left, whatever the batch says of it; one stored as failed is replaced by one that is
 * done. So batches may be ingested twice, in any order, and by several processes.
 * @throws DimensionConflictError when a checkpoint, say, is stored with other values
 * @throws NotADatabaseError, DatabaseVersionError, DatabaseLockedError, UnwritableError, DiskFullError
 */
export async function ingestBatches({
  batches,
  ...write
}: WriteParams & { readonly batches: readonly SpooledBatch[] }): Promise<CommitResult> {
  const results: CommitResult[] = [];
  for (let from = 0; from < batches.length; from += BATCHES_AT_ONCE)
    await writeStore(write, (connection) =>
      transaction(connection, async () => {
        const stored: string[] = [];
        for (const batch of batches.slice(from, from + BATCHES_AT_ONCE)) {
          const result = await ingestBatch(connection, batch);
          results.push(result);
          stored.push(...result.inserted, ...result.replaced);
        }
        await summarise(connection, stored);
      }),
    );
  return {
    inserted: results.flatMap(({ inserted }) => inserted),
    unchanged: results.flatMap(({ unchanged }) => unchanged),
    replaced: results.flatMap(({ replaced }) => replaced),
  };
}
