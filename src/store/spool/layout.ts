import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { SCHEMA_VERSION, type TableName } from '../schema/tables.js';

/** Name of the file in a batch's folder that says what the batch holds. */
export const MANIFEST = 'manifest.json';
/** How folders of a spool begin that hold no results; readers of data sets pass over such names. */
export const WRITING = '.writing.';
export const RUNNING = '.running.';
export const ASIDE = '_aside';
/** What models answered that sweeps ask before they know what is to be done; can be asked again. */
export const ANSWERS = '_answers';

/** Columns of a table that the path states, so that the file does not. An audit is of many steps. */
export function partitionsOf(table: TableName): readonly string[] {
  return table === 'checkpoint_audit' ? ['suite'] : ['suite', 'step'];
}

/** Where a database's spool is unless told: beside it. */
export function defaultSpool(db: string): string {
  return `${db}.spool`;
}

/** A value in a path, escaped as Hive, Spark, Arrow and DuckDB undo it: all but letters, digits, `-`, `_` and `.`. */
function escaped(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*~]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Folder of all that is of a suite. */
export function suiteFolder(spool: string, suite: string): string {
  return join(spool, `suite=${escaped(suite)}`);
}

/** Folder of all batches of a suite's step. */
export function stepFolder(spool: string, { suite, step }: { suite: string; step: number }): string {
  return join(suiteFolder(spool, suite), `step=${step}`);
}

export function batchFolder(spool: string, at: { suite: string; step: number; batch: string }): string {
  return join(stepFolder(spool, at), `batch=${at.batch}`);
}

export function tableFile(table: TableName): string {
  return `${table}.parquet`;
}

/**
 * Name of a batch: a hash of its units and whether they succeeded, so that whoever computes the same units gives it the
 * same name. Another version of the schema names it otherwise.
 */
export function batchName(
  units: readonly { readonly unitId: string; readonly state: string }[],
  schemaVersion: number = SCHEMA_VERSION,
): string {
  const named = units.map(({ unitId, state }) => `${unitId} ${state}`).sort();
  return createHash('sha256')
    .update([`schema ${schemaVersion}`, ...named].join('\n'))
    .digest('hex')
    .slice(0, 32);
}
