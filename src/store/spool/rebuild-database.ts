import { existsSync, realpathSync, renameSync } from 'node:fs';
import { DatabaseVersionError, NotADatabaseError } from '../../errors/database-errors.js';
import { UsageError } from '../../errors/errors.js';
import { writeFailure } from '../../files/write.js';
import { writeStore, type WriteParams } from '../database.js';
import { removeFiles } from '../remove-files.js';
import { mergeSpools, type MergeOutcome } from './merge-spools.js';
import { SpoolDamagedError } from './spool-damaged-error.js';

/**
 * Does something to a database's file while no other process has it open; what is no database of ours is nobody's.
 * @throws DatabaseLockedError
 */
async function whileHeld(write: WriteParams, work: () => void): Promise<void> {
  if (existsSync(write.db))
    try {
      await writeStore(write, () => {
        work();
        return Promise.resolve();
      });
      return;
    } catch (error) {
      if (!(error instanceof NotADatabaseError || error instanceof DatabaseVersionError)) throw error;
    }
  removeFiles(`${write.db}.wal`); // of a database that is gone: it would be replayed into the new one
  work();
}

/**
 * Makes a whole database again from spools: beside its place, then renamed into it, so that the old one stays until the
 * new one is complete.
 * @throws SpoolDamagedError, DimensionConflictError when spools contradict one another, or UsageError when there is nothing to build from: the old one is kept; DatabaseLockedError
 *   when another process has the old one open; what `mergeSpools` throws
 */
export async function rebuildDatabase({
  spools,
  ...write
}: WriteParams & { readonly spools: readonly string[] }): Promise<MergeOutcome> {
  const place = existsSync(write.db) ? realpathSync(write.db) : write.db;
  const making = { ...write, db: `${place}.rebuilding` };
  const discard = (): void => removeFiles(making.db, `${making.db}.wal`);
  await whileHeld(making, discard); // what a killed process left
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
    await whileHeld({ ...write, db: place }, () => {
      try {
        if (existsSync(making.db)) renameSync(making.db, place);
      } catch (error) {
        writeFailure(place, error);
      }
    });
    return outcome;
  } catch (error) {
    discard();
    throw error;
  }
}
