import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessAbsent } from '../../files/read.js';
import { batchName, MANIFEST, tableFile } from './layout.js';
import { BatchManifest, parseManifest, type SpoolManifest, type TableFile } from './manifest.js';

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

export async function fileFacts(path: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const content = await readFile(path);
  return { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
}

/**
 * The text of a folder's manifest; empty where there is none.
 * @throws UnreadableError
 */
export async function manifestText(folder: string): Promise<string> {
  const path = join(folder, MANIFEST);
  return readFile(path, 'utf8').catch(unlessAbsent(path, ''));
}

/**
 * Reads a batch's manifest and holds it against the files.
 * @param name of the folder without `batch=`
 * @throws UnreadableError
 */
export async function readBatch(folder: string, name: string, { verify = true } = {}): Promise<ReadBatch> {
  const damaged = (problem: string): ReadBatch => ({ kind: 'damaged', problem });
  const parsed = parseManifest(await manifestText(folder), BatchManifest);
  if (parsed.kind !== 'manifest') return parsed;
  const { manifest } = parsed;
  if (batchName(manifest.units, manifest.schemaVersion) !== name)
    return damaged('its manifest names other units than its folder');
  const problem = verify ? await fileProblem(folder, manifest.files) : null;
  return problem === null ? { kind: 'whole', batch: { folder, manifest } } : damaged(problem);
}

/**
 * What is wrong with the first file that is not what a manifest says; null when all are.
 * @throws UnreadableError
 */
export async function fileProblem(folder: string, files: readonly TableFile[]): Promise<string | null> {
  for (const { table, sha256 } of files) {
    const path = join(folder, tableFile(table));
    const facts = await fileFacts(path).catch(unlessAbsent(path, undefined));
    if (facts === undefined) return `${tableFile(table)} is missing`;
    if (facts.sha256 !== sha256) return `${tableFile(table)} has another checksum`;
  }
  return null;
}
