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
import { goOn } from './watched.js';

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

interface IngestParams extends WriteParams {
  readonly batches: readonly SpooledBatch[];
  readonly signal?: AbortSignal | undefined;
  /** Told after each batch how many are done. */
  readonly onBatch?: ((done: number) => void) | undefined;
}

/**
 * Stores the units of batches that are not stored yet, each batch whole or not at all. The database is created when
 * absent, and let go between transactions so that others can read.
 *
 * A unit that is stored as done is left, whatever the batch says of it; one stored as failed is replaced by one that is
 * done. So batches may be ingested twice, in any order, and by several processes.
 * @throws DimensionConflictError when a checkpoint, say, is stored with other values
 * @throws InterruptedError when told to stop: the batches that are done by then are stored
 * @throws NotADatabaseError, DatabaseVersionError, DatabaseLockedError, UnwritableError, DiskFullError
 */
export async function ingestBatches({
  batches,
  signal,
  onBatch,
  ...write
}: IngestParams): Promise<CommitResult> {
  const results: CommitResult[] = [];
  for (const { from, together } of inChunks(batches)) {
    goOn(signal);
    results.push(await ingestTogether(write, together, signal, (done) => onBatch?.(from + done)));
  }
  goOn(signal);
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
  signal,
  onBatch,
  ...write
}: IngestParams): Promise<CommitResult & { readonly conflicts: readonly ConflictingBatch[] }> {
  const results: CommitResult[] = [];
  const conflicts: ConflictingBatch[] = [];
  const ingest = async (together: readonly SpooledBatch[], from: number): Promise<void> => {
    const [batch, ...others] = together;
    goOn(signal);
    try {
      results.push(await ingestTogether(write, together, signal, (done) => onBatch?.(from + done)));
    } catch (error) {
      if (!(error instanceof DimensionConflictError) || batch === undefined) throw error;
      if (others.length === 0) conflicts.push({ batch, error });
      else for (const [i, one] of together.entries()) await ingest([one], from + i);
    }
  };
  for (const { from, together } of inChunks(batches)) await ingest(together, from);
  goOn(signal);
  return { ...united(results), conflicts };
}

function inChunks(batches: readonly SpooledBatch[]): { from: number; together: SpooledBatch[] }[] {
  const chunks = Math.ceil(batches.length / BATCHES_AT_ONCE);
  return Array.from({ length: chunks }, (_, i) => i * BATCHES_AT_ONCE).map((from) => ({
    from,
    together: batches.slice(from, from + BATCHES_AT_ONCE),
  }));
}

/** Stores batches in one transaction; when told to stop, those before are worth keeping. */
function ingestTogether(
  write: WriteParams,
  batches: readonly SpooledBatch[],
  signal: AbortSignal | undefined,
  onBatch: (done: number) => void,
): Promise<CommitResult> {
  return writeStore(write, (connection) =>
    transaction(connection, async () => {
      const results: CommitResult[] = [];
      for (const batch of batches) {
        if (signal?.aborted === true) break;
        results.push(await ingestBatch(connection, batch));
        onBatch(results.length);
      }
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
