import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncToDisk } from '../../files/sync.js';
import { errnoOf, writeFailure } from '../../files/write.js';
import { databaseError } from '../database-errors.js';
import type { EncodedTable } from '../encode-batch.js';
import { fileFacts } from './batch.js';
import { MANIFEST, tableFile } from './layout.js';
import type { TableFile } from './manifest.js';
import { writeParquet } from './parquet.js';
import { setAside } from './set-aside.js';
import { stagingFolder } from './staging.js';

interface PlaceFolderParams<M> {
  readonly spool: string;
  /** Where it shall lie. */
  readonly folder: string;
  readonly tables: readonly EncodedTable[];
  readonly manifestOf: (files: TableFile[]) => M;
  /** Whether a folder that is there already, written by another process, is whole. */
  readonly isWhole: (folder: string) => Promise<boolean>;
}

/** Codes of a rename onto a folder that is there. */
const TAKEN: ReadonlySet<string | undefined> = new Set(['ENOTEMPTY', 'EEXIST']);

/**
 * Writes tables and a manifest into a new folder of a spool: whole or not at all, and on the disk when this returns.
 * @returns the manifest
 * @throws UnwritableError, DiskFullError
 */
export async function placeFolder<M extends object>(params: PlaceFolderParams<M>): Promise<M> {
  const { spool, folder } = params;
  let staging: string | undefined;
  try {
    staging = stagingFolder(spool);
    const manifest = await writeFiles(staging, params);
    await place(params, staging);
    return manifest;
  } catch (error) {
    return writeFailure(folder, databaseError(error, folder, 'write'));
  } finally {
    if (staging !== undefined) rmSync(staging, { recursive: true, force: true });
  }
}

/** Writes all files into an empty folder and waits until they are on the disk. */
async function writeFiles<M extends object>(
  folder: string,
  { tables, manifestOf }: PlaceFolderParams<M>,
): Promise<M> {
  const written = tables.map((table) => ({ table, path: join(folder, tableFile(table.table)) }));
  await writeParquet(written);
  const files = await Promise.all(
    written.map(async ({ table: { table, rows }, path }) => {
      await syncToDisk(path);
      return { table, rows: rows.length, ...(await fileFacts(path)) };
    }),
  );
  const manifest = manifestOf(files);
  const path = join(folder, MANIFEST);
  await writeFile(path, `${JSON.stringify(manifest, null, 1)}\n`);
  await syncToDisk(path);
  await syncToDisk(folder);
  return manifest;
}

/** Gives a written folder its name, unless another process has written the same meanwhile. */
async function place<M>({ spool, folder, isWhole }: PlaceFolderParams<M>, from: string): Promise<void> {
  mkdirSync(dirname(folder), { recursive: true });
  for (;;) {
    try {
      renameSync(from, folder);
      await syncToDisk(dirname(folder));
      return;
    } catch (error) {
      if (!TAKEN.has(errnoOf(error))) throw error;
    }
    if (await isWhole(folder)) return;
    if (existsSync(folder)) setAside(spool, folder);
  }
}
