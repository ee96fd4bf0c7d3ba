import { stat } from 'node:fs/promises';
import { UsageError } from '../../errors/errors.js';
import { unlessAbsent } from '../../files/read.js';
import type { WriteParams } from '../database.js';
import type { SpooledAudit } from './audit.js';
import type { DamagedBatch, SpooledBatch } from './batch.js';
import { ingestWhatFits, type CommitResult, type ConflictingBatch } from './ingest.js';
import { ingestAudits } from './ingest-audits.js';
import { scanSpool } from './scan-spool.js';

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

/**
 * Unites spools in a database, new or not. The spools are read only: what is damaged there, or contradicts the database,
 * is reported and left out.
 * @throws UsageError when a folder is missing; UnreadableError; what `ingestWhatFits` throws
 */
export async function mergeSpools({
  spools,
  ...write
}: WriteParams & { readonly spools: readonly string[] }): Promise<MergeOutcome> {
  for (const spool of spools) await checkFolder(spool);
  const batches: SpooledBatch[] = [];
  const audits: SpooledAudit[] = [];
  const damaged: DamagedBatch[] = [];
  let otherVersions = 0;
  for (const spool of spools) {
    const content = await scanSpool(spool);
    batches.push(...content.batches);
    audits.push(...content.audits);
    damaged.push(...content.damaged);
    otherVersions += content.otherVersions;
  }
  const result = await ingestWhatFits({ ...write, batches });
  await ingestAudits({ ...write, audits });
  return { ...result, batches: batches.length, damaged, otherVersions };
}
