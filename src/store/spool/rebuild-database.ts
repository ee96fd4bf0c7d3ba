import { existsSync, realpathSync, renameSync } from 'node:fs';
import { UsageError } from '../../errors/errors.js';
import { writeFailure } from '../../files/write.js';
import type { WriteParams } from '../database.js';
import { removeFiles } from '../remove-files.js';
import { mergeSpools, type MergeOutcome } from './merge-spools.js';
import { SpoolDamagedError } from './spool-damaged-error.js';
import { whileHeld, type OldDatabase } from './while-held.js';

export interface RebuildParams extends WriteParams {
  readonly spools: readonly string[];
  /** Replace whatever file is there. Default: only a database of ours, or a damaged one. */
  readonly force?: boolean | undefined;
}

/** Puts a database in the place of another that is held. @throws UnwritableError, DiskFullError */
function replace(old: OldDatabase, from: string, place: string): void {
  // The log of a database that is gone would be replayed into the new one.
  if (old.kind !== 'own') removeFiles(`${place}.wal`);
  try {
    if (existsSync(from)) renameSync(from, place);
  } catch (error) {
    writeFailure(place, error);
  }
}

/**
 * Makes a whole database again from spools: beside its place, then renamed into it, so that the old one stays until the
 * new one is complete.
 * @throws NotADatabaseError when there is a file that is not ours, unless forced
 * @throws SpoolDamagedError, DimensionConflictError when spools contradict one another, or UsageError when there is nothing
 *   to build from: the old one is kept; DatabaseLockedError
 *   when another process has the old one open; what `mergeSpools` throws
 */
export async function rebuildDatabase({
  spools,
  force = false,
  ...write
}: RebuildParams): Promise<MergeOutcome> {
  const place = existsSync(write.db) ? realpathSync(write.db) : write.db;
  const old = { ...write, db: place, force };
  const making = { ...write, db: `${place}.rebuilding` };
  const discard = (): void => removeFiles(making.db, `${making.db}.wal`);
  await whileHeld(old, () => undefined); // refused before minutes of work rather than after
  await whileHeld({ ...making, force: true }, discard); // what a killed process left
  try {
    const outcome = await mergeSpools({ ...making, spools });
    if (outcome.damaged.length > 0)
      throw new SpoolDamagedError(outcome.damaged, 'the database was not replaced');
    const [conflict] = outcome.conflicts;
    if (conflict !== undefined) throw conflict.error;
    if (outcome.batches === 0)
      throw new UsageError(
        `there are no results in ${spools.join(', ')}`,
        'Give folders that sweeps wrote with --spool.',
      );
    await whileHeld(old, (held) => replace(held, making.db, place));
    return outcome;
  } catch (error) {
    discard();
    throw error;
  }
}
