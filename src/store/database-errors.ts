import { DatabaseLockedError, NotADatabaseError } from '../errors/database-errors.js';
import { DiskFullError, HeuristraceError, UnwritableError } from '../errors/errors.js';

/** What DuckDB 1.5 and the operating system say, by what it means. Tests provoke each for real. */
const DISK_FULL = /No space left on device|ENOSPC|Disk quota exceeded/;
const LOCKED = /Could not set lock on file/;
const LOCK_HOLDER = /Conflicting lock is held in ([^.]*\(PID \d+\)|[^.]*)/;
const UNWRITABLE =
  /Permission denied|Read-only file system|Not a directory|No such file or directory|Is a directory|EACCES|EPERM|EROFS|ENOTDIR|EISDIR|ENOENT|EEXIST/;
const NOT_A_DATABASE =
  /not a valid DuckDB database file|Could not read enough bytes|Corrupt database file|read a database file with version|Serialization Error|database does not exist|Is a directory/;

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? text;

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
  if (mode === 'write' && UNWRITABLE.test(message)) return new UnwritableError(path, firstLine(message));
  if (NOT_A_DATABASE.test(message)) return new NotADatabaseError(path, firstLine(message));
  if (mode === 'read' && UNWRITABLE.test(message)) return new NotADatabaseError(path, firstLine(message));
  return error;
}
