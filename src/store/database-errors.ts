import { closeSync, openSync, readSync } from 'node:fs';
import { DatabaseLockedError, NotADatabaseError, type NoDatabase } from '../errors/database-errors.js';
import { DiskFullError, HeuristraceError, UnwritableError } from '../errors/errors.js';
import { nextStep } from '../files/write.js';

/** What DuckDB 1.5 and the operating system say, by what it means. Tests provoke each for real. */
const DISK_FULL = /No space left on device|ENOSPC|Disk quota exceeded/;
const LOCKED = /Could not set lock on file/;
const LOCK_HOLDER = /Conflicting lock is held in ([^.]*\(PID \d+\)|[^.]*)/;
const UNWRITABLE =
  /Permission denied|Read-only file system|Not a directory|No such file or directory|Is a directory|File name too long|Input\/output error|Stale (?:NFS )?file handle|EACCES|EPERM|EROFS|ENOTDIR|EISDIR|ENOENT|EEXIST|^(?:ENAMETOOLONG|EIO|ESTALE)\b/;
const NOT_A_DATABASE =
  /not a valid DuckDB database file|Could not read enough bytes|Corrupt database file|read a database file with version|Serialization Error|database does not exist|Is a directory|Cannot open encrypted database/;

/** Of a DuckDB that is newer than ours. */
const NEWER = /read a database file with version/;
/** Ours never are. */
const ENCRYPTED = /encrypted database/;
/** Every DuckDB file has it after a checksum. */
const MAGIC = { text: 'DUCK', at: 8 };

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? text;

/** Whether a file begins as those of DuckDB do. */
function hasHeader(path: string): boolean {
  const found = Buffer.alloc(MAGIC.text.length);
  try {
    const file = openSync(path, 'r');
    try {
      readSync(file, found, 0, found.length, MAGIC.at);
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
  return found.toString('latin1') === MAGIC.text;
}

/** What a file is that DuckDB does not open, from its word for it. */
function whyNot(path: string, message: string): NoDatabase {
  if (NEWER.test(message)) return 'newer';
  return !ENCRYPTED.test(message) && hasHeader(path) ? 'damaged' : 'foreign';
}

const NOT_TO_WRITE =
  'Give the path of a database that `heuristrace sweep` wrote, or of a file that does not exist yet.';

/** The error of a file that is no database of ours. */
export function notADatabase(
  path: string,
  problem: string,
  mode: 'read' | 'write',
  why: NoDatabase = 'foreign',
): NotADatabaseError {
  const next = nextStep(problem) ?? (mode === 'write' && why === 'foreign' ? NOT_TO_WRITE : undefined);
  return new NotADatabaseError(path, problem, { why, ...(next !== undefined && { next }) });
}

/** Error of DuckDB or Node as one of ours where it has a known cause, else as it came. */
export function databaseError(error: unknown, path: string, mode: 'read' | 'write'): unknown {
  if (error instanceof HeuristraceError || !(error instanceof Error)) return error;
  const { message } = error;
  if (DISK_FULL.test(message)) return new DiskFullError(path);
  if (LOCKED.test(message)) {
    const holder = LOCK_HOLDER.exec(message)?.[1];
    return new DatabaseLockedError(
      path,
      holder === undefined ? 'another process holds it' : `held by ${holder}`,
    );
  }
  const problem = firstLine(message);
  if (mode === 'write' && UNWRITABLE.test(message))
    return new UnwritableError(path, problem, nextStep(message));
  if (NOT_A_DATABASE.test(message) || (mode === 'read' && UNWRITABLE.test(message)))
    return notADatabase(path, problem, mode, whyNot(path, message));
  return error;
}
