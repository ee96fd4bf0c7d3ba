import { randomUUID } from 'node:crypto';
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { UnwritableError } from '../../errors/errors.js';
import { tryFolder } from '../../files/try-folder.js';
import { writeFailure } from '../../files/write.js';
import { WRITING } from './layout.js';
import { processName } from './process-names.js';

/** Where a sweep writes. */
export interface Places {
  readonly spool: string;
  /** null: results are spooled only. */
  readonly db: string | null;
}

/**
 * Tries whether results can be written, and leaves everything as it was: a sweep may compute for hours before it writes
 * the first.
 * @throws UnwritableError, DiskFullError
 */
export function tryPlaces({ spool, db }: Places): void {
  if (db !== null && isWithin(spool, db))
    throw new UnwritableError(
      spool,
      `${db} is the database`,
      'Give --spool and --db places of their own; neither is needed.',
    );
  tryFolder(spool, join(spool, `${WRITING}${processName()}.${randomUUID()}`));
  if (db === null) return;
  if (!existsSync(db)) {
    tryFolder(db, `${resolve(db)}.creating.try`); // as long as the longest name that is written beside it
    return;
  }
  try {
    const path = realpathSync(db);
    tryFolder(db, `${path}.try`);
    accessSync(path, constants.W_OK);
  } catch (error) {
    writeFailure(db, error);
  }
}

/** Whether a path is a folder or below it. */
function isWithin(path: string, folder: string): boolean {
  return `${resolve(path)}${sep}`.startsWith(`${resolve(folder)}${sep}`);
}
