import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TableName } from '../schema/tables.js';
import { batchName, MANIFEST, tableFile } from './layout.js';
import { parseManifest, type SpoolManifest } from './manifest.js';

/** A whole batch in a spool. */
export interface SpooledBatch {
  readonly folder: string;
  readonly manifest: SpoolManifest;
}

/** A batch that was found not to be whole. */
export interface DamagedBatch {
  readonly folder: string;
  readonly problem: string;
}

export type ReadBatch =
  | { readonly kind: 'whole'; readonly batch: SpooledBatch }
  | { readonly kind: 'damaged'; readonly problem: string }
  | { readonly kind: 'otherVersion' };

/** Path of a table's rows, or undefined where the batch has none. */
export function batchTable({ folder, manifest }: SpooledBatch, table: TableName): string | undefined {
  return manifest.files.some((file) => file.table === table) ? join(folder, tableFile(table)) : undefined;
}

export async function fileFacts(path: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const content = await readFile(path);
  return { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
}

/**
 * Reads a batch's manifest and holds it against the files.
 * @param name of the folder without `batch=`
 */
export async function readBatch(folder: string, name: string, { verify = true } = {}): Promise<ReadBatch> {
  const damaged = (problem: string): ReadBatch => ({ kind: 'damaged', problem });
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch(() => undefined);
  if (text === undefined) return damaged('it has no manifest');
  const parsed = parseManifest(text);
  if (parsed.kind !== 'manifest') return parsed;
  const { manifest } = parsed;
  if (batchName(manifest.units, manifest.schemaVersion) !== name)
    return damaged('its manifest names other units than its folder');
  for (const { table, sha256 } of verify ? manifest.files : []) {
    const facts = await fileFacts(join(folder, tableFile(table))).catch(() => undefined);
    if (facts === undefined) return damaged(`${tableFile(table)} cannot be read`);
    if (facts.sha256 !== sha256) return damaged(`${tableFile(table)} has another checksum`);
  }
  return { kind: 'whole', batch: { folder, manifest } };
}
