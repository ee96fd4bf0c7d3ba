import { existsSync, realpathSync, renameSync } from 'node:fs';
import { InterruptedError, UsageError } from '../../errors/errors.js';
import { writeFailure } from '../../files/write.js';
import { readStore } from '../database.js';
import { removeFiles } from '../remove-files.js';
import { contentOf, lackingIn, type StoredContent } from './compare-content.js';
import { LosesResultsError } from './loses-results-error.js';
import { mergeSpools, type MergeOutcome, type MergeParams } from './merge-spools.js';
import { SpoolDamagedError } from './spool-damaged-error.js';
import { goOn } from './watched.js';
import { whileHeld, type OldDatabase } from './while-held.js';

export interface RebuildParams extends MergeParams {
  /** Replace whatever file is there. Default: only a damaged database, or one of ours that has nothing else. */
  readonly force?: boolean | undefined;
}

export interface RebuildOutcome extends MergeOutcome {
  /** What only the old database had, which was replaced by force. */
  readonly lost: StoredContent;
}

const BEGIN_ANEW = 'The old database is as it was; run the same command again to begin anew.';
const NOTHING: StoredContent = { units: [], findings: [] };

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
 * @throws NotADatabaseError when there is a file that is not ours, LosesResultsError when the new one would have less than
 *   the old one, as far as that can be read: both unless forced
 * @throws SpoolDamagedError, DimensionConflictError when spools contradict one another, or UsageError when there is nothing
 *   to build from: the old one is kept; DatabaseLockedError when another process has the old one open; InterruptedError;
 *   what `mergeSpools` throws
 */
export async function rebuildDatabase({
  spools,
  signal,
  onProgress,
  force = false,
  ...write
}: RebuildParams): Promise<RebuildOutcome> {
  const place = existsSync(write.db) ? realpathSync(write.db) : write.db;
  const old = { ...write, db: place, force };
  const making = { ...write, db: `${place}.rebuilding` };
  const discard = (): void => removeFiles(making.db, `${making.db}.wal`);
  /** What only the old one has; of one that cannot be read nothing is known. */
  const lostBy = async (held: OldDatabase, now: StoredContent): Promise<StoredContent> =>
    held.kind === 'own' ? lackingIn(now, await contentOf(held.connection, place)) : NOTHING;
  // Refused before minutes of work rather than after.
  await whileHeld(old, async (held) => {
    await lostBy(held, NOTHING);
  });
  await whileHeld({ ...making, force: true }, discard); // what a killed process left
  try {
    const outcome = await mergeSpools({ ...making, spools, signal, onProgress });
    if (outcome.damaged.length > 0)
      throw new SpoolDamagedError(outcome.damaged, 'the database was not replaced');
    const [conflict] = outcome.conflicts;
    if (conflict !== undefined) throw conflict.error;
    if (outcome.batches === 0)
      throw new UsageError(
        `there are no results in ${spools.join(', ')}`,
        'Give folders that sweeps wrote with --spool.',
      );
    const now = await readStore(making, (connection) => contentOf(connection, making.db));
    goOn(signal);
    let lost = NOTHING;
    await whileHeld(old, async (held) => {
      lost = await lostBy(held, now);
      const isLess = lost.units.length > 0 || lost.findings.length > 0 || outcome.otherVersions > 0;
      if (isLess && !force && held.kind !== 'absent')
        throw new LosesResultsError(place, lost, outcome.otherVersions);
      replace(held, making.db, place);
    });
    return { ...outcome, lost };
  } catch (error) {
    discard();
    if (error instanceof InterruptedError) throw new InterruptedError(BEGIN_ANEW);
    throw error;
  }
}
