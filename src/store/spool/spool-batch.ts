import { basename } from 'node:path';
import { encodeBatch, type EncodedBatch, type EncodedTable, type StepBatch } from '../encode-batch.js';
import { SCHEMA_VERSION, TABLE_NAMES } from '../schema/tables.js';
import { readBatch, type SpooledBatch } from './batch.js';
import { batchFolder, batchName } from './layout.js';
import { SPOOL_FORMAT, type SpoolManifest } from './manifest.js';
import { noteUnits, type Spool } from './open-spool.js';
import { placeFolder } from './place-folder.js';

interface SpoolBatchParams {
  readonly spool: Spool;
  /** Units of one suite, seed and step, with what they refer to. */
  readonly batch: StepBatch;
  readonly programVersion: string;
}

/** The rows of a batch by table, those without rows left out: units and facts of all its units together. */
function byTable({ dimensions, units }: EncodedBatch): EncodedTable[] {
  const parts: readonly EncodedTable[] = [
    ...dimensions,
    ...units.map(({ row }) => row),
    ...units.flatMap(({ facts }) => facts),
  ];
  return TABLE_NAMES.flatMap((table) => {
    const own = parts.filter((part) => part.table === table);
    const [first] = own;
    const rows = own.flatMap((part) => part.rows);
    return first === undefined || rows.length === 0 ? [] : [{ ...first, rows }];
  });
}

/** @throws Error when the units are not of one checkpoint, a fault of the caller */
function manifestOf(
  { units }: StepBatch,
  files: SpoolManifest['files'],
  programVersion: string,
): SpoolManifest {
  const first = units[0]?.unit;
  if (first === undefined) throw new Error('a batch needs a unit');
  const { suite, seed, step, engine, engine_version } = first;
  if (units.some(({ unit }) => unit.suite !== suite || unit.seed !== seed || unit.step !== step))
    throw new Error('a batch holds the units of one checkpoint');
  return {
    format: SPOOL_FORMAT,
    schemaVersion: SCHEMA_VERSION,
    programVersion,
    engine: { name: engine, version: engine_version },
    suite,
    seed,
    step,
    units: units.map(({ unit: { unit_id, measure, state, error_kind, error } }) => ({
      ...{ unitId: unit_id, measure, state },
      ...(error_kind !== null && error !== null && { failure: { kind: error_kind, error } }),
    })),
    files,
  };
}

/**
 * Adds the units of a checkpoint to a spool, as Parquet files with a manifest: whole or not at all, and on the disk when
 * this returns. Units that the spool has are left out; nothing in a spool is ever changed.
 * @returns the batch as it lies in the spool; null when the spool has all its units
 * @throws UnwritableError, DiskFullError, UnreadableError; TypeError or Error when the batch contradicts the schema or itself
 */
export async function spoolBatch({
  spool,
  batch,
  programVersion,
}: SpoolBatchParams): Promise<SpooledBatch | null> {
  const fresh = batch.units.filter(({ unit }) => {
    const known = spool.units.get(unit.unit_id);
    return known === undefined || (known !== 'done' && unit.state === 'done');
  });
  const [first] = fresh;
  if (first === undefined) return null;
  const { suite, step } = first.unit;
  const named = fresh.map(({ unit }) => ({ unitId: unit.unit_id, state: unit.state }));
  const folder = batchFolder(spool.folder, { suite, step, batch: batchName(named) });
  const content = { ...batch, units: fresh };
  const manifest = await placeFolder({
    spool: spool.folder,
    folder,
    tables: byTable(encodeBatch(content)),
    manifestOf: (files) => manifestOf(content, files, programVersion),
    isWhole: async (there) =>
      (await readBatch(there, basename(there).slice('batch='.length))).kind === 'whole',
  });
  const spooled = { folder, manifest };
  noteUnits(spool.units, spooled);
  return spooled;
}
