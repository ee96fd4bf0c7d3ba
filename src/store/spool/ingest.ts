import type { DuckDBConnection } from '@duckdb/node-api';
import { checkReferences } from '../check-references.js';
import { DimensionConflictError } from '../conflict.js';
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
  for (const together of inChunks(batches)) results.push(await ingestTogether(write, together));
  return united(results);
}

/** A batch that contradicts the database. */
export interface ConflictingBatch {
  readonly batch: SpooledBatch;
  readonly error: DimensionConflictError;
}

/**
 * As `ingestBatches`, but a batch that contradicts the database is left out and told, and takes no other with it.
 * @throws what `ingestBatches` throws otherwise
 */
export async function ingestWhatFits({
  batches,
  ...write
}: WriteParams & { readonly batches: readonly SpooledBatch[] }): Promise<
  CommitResult & { readonly conflicts: readonly ConflictingBatch[] }
> {
  const results: CommitResult[] = [];
  const conflicts: ConflictingBatch[] = [];
  const ingest = async (together: readonly SpooledBatch[]): Promise<void> => {
    const [batch, ...others] = together;
    try {
      results.push(await ingestTogether(write, together));
    } catch (error) {
      if (!(error instanceof DimensionConflictError) || batch === undefined) throw error;
      if (others.length === 0) conflicts.push({ batch, error });
      else for (const one of together) await ingest([one]);
    }
  };
  for (const together of inChunks(batches)) await ingest(together);
  return { ...united(results), conflicts };
}

function inChunks(batches: readonly SpooledBatch[]): SpooledBatch[][] {
  const chunks = Math.ceil(batches.length / BATCHES_AT_ONCE);
  return Array.from({ length: chunks }, (_, i) =>
    batches.slice(i * BATCHES_AT_ONCE, (i + 1) * BATCHES_AT_ONCE),
  );
}

/** Stores batches in one transaction. */
function ingestTogether(write: WriteParams, batches: readonly SpooledBatch[]): Promise<CommitResult> {
  return writeStore(write, (connection) =>
    transaction(connection, async () => {
      const results: CommitResult[] = [];
      for (const batch of batches) results.push(await ingestBatch(connection, batch));
      const result = united(results);
      await summarise(connection, [...result.inserted, ...result.replaced]);
      return result;
    }),
  );
}

function united(results: readonly CommitResult[]): CommitResult {
  return {
    inserted: results.flatMap(({ inserted }) => inserted),
    unchanged: results.flatMap(({ unchanged }) => unchanged),
    replaced: results.flatMap(({ replaced }) => replaced),
  };
}
