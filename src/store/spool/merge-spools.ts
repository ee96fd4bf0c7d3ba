import { stat } from 'node:fs/promises';
import { UsageError } from '../../errors/errors.js';
import { unlessAbsent } from '../../files/read.js';
import type { WriteParams } from '../database.js';
import type { DamagedBatch } from './batch.js';
import { ingestWhatFits, type CommitResult, type ConflictingBatch } from './ingest.js';
import { ingestAudits } from './ingest-audits.js';
import { listSpool, readResults, type ResultFolder } from './scan-spool.js';
import { goOn, type MergeProgress, type Watched } from './watched.js';

export interface MergeOutcome extends CommitResult {
  /** Whole batches found. */
  readonly batches: number;
  /** Batches that are not whole; they were left out. */
  readonly damaged: readonly DamagedBatch[];
  /** Batches that contradict the database, or one that was ingested before; they were left out. */
  readonly conflicts: readonly ConflictingBatch[];
  /** Batches that another version of the program wrote; they were left out. */
  readonly otherVersions: number;
}

/** @throws UsageError when there is no such folder; UnreadableError */
async function checkFolder(spool: string): Promise<void> {
  const found = await stat(spool).catch(unlessAbsent(spool, undefined));
  if (found?.isDirectory() !== true)
    throw new UsageError(
      `${spool} is no folder`,
      'Give the folders that sweeps wrote, e.g. my.duckdb.spool.',
    );
}

export interface MergeParams extends WriteParams, Watched {
  readonly spools: readonly string[];
}

/**
 * Unites spools in a database, new or not. The spools are read only: what is damaged there, or contradicts the database,
 * is reported and left out.
 * @throws UsageError when a folder is missing; InterruptedError: what is stored by then stays; UnreadableError; what
 *   `ingestWhatFits` throws
 */
export async function mergeSpools({
  spools,
  signal,
  onProgress,
  ...write
}: MergeParams): Promise<MergeOutcome> {
  for (const spool of spools) await checkFolder(spool);
  const folders: ResultFolder[] = [];
  for (const spool of spools) folders.push(...(await listSpool(spool)));
  const tell = (phase: MergeProgress['phase'], done: number, of: number): void => {
    if (of > 0) onProgress?.({ phase, done, of });
  };
  let read = 0;
  tell('checking', read, folders.length);
  const { batches, audits, damaged, otherVersions } = await readResults(folders, {
    onRead: () => {
      tell('checking', ++read, folders.length);
      goOn(signal);
    },
  });
  tell('storing', 0, batches.length);
  const result = await ingestWhatFits({
    ...{ ...write, batches, signal },
    onBatch: (done) => {
      tell('storing', done, batches.length);
    },
  });
  await ingestAudits({ ...write, audits });
  return { ...result, batches: batches.length, damaged, otherVersions };
}
