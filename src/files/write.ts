import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DiskFullError, UnwritableError } from '../errors/errors.js';

/** The errno code of a failed system call, or undefined. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Codes of places that cannot be written. */
const UNWRITABLE: ReadonlySet<string> = new Set([
  ...['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ENOENT'],
  ...['ENAMETOOLONG', 'EIO', 'ESTALE'],
]);

/**
 * What to do about a place that another place or permissions do not mend; undefined where they do.
 * @param problem a code, or what the operating system says of it
 */
export function nextStep(problem: string): string | undefined {
  if (/^ENAMETOOLONG\b|name too long/.test(problem)) return 'Choose a shorter name.';
  if (/^(?:EIO|ESTALE)\b|Input\/output error|Stale (?:NFS )?file handle/.test(problem))
    return 'See whether the disk or the file server is well, then run the same command again: finished steps are kept.';
  return undefined;
}

/**
 * Turns a failed write into an error that a user can act on; anything else is thrown as it is.
 * @throws DiskFullError, UnwritableError
 */
export function writeFailure(path: string, error: unknown): never {
  const code = errnoOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') throw new DiskFullError(path);
  if (code !== undefined && UNWRITABLE.has(code)) throw new UnwritableError(path, code, nextStep(code));
  throw error;
}

/**
 * Writes a file whole or not at all: beside its place, then renamed into it. Folders are made as needed.
 * @throws DiskFullError, UnwritableError; a failed write leaves no file behind
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const partial = `${path}.${process.pid}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(partial, content);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    writeFailure(path, error);
  }
}
