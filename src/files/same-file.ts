import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** One name per file, whether or not it exists yet and through whichever link it is reached. */
export function canonical(db: string): string {
  const path = resolve(db);
  try {
    return realpathSync(path);
  } catch {
    try {
      return join(realpathSync(dirname(path)), basename(path));
    } catch {
      return path;
    }
  }
}

/** Device and number of what a path leads to; null where that cannot be told. */
function fileNumber(path: string): string | null {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev} ${ino}`;
  } catch {
    return null;
  }
}

/** Whether two paths lead to one file, through links too, and whether or not it exists yet. */
export function isSameFile(a: string, b: string): boolean {
  const number = fileNumber(a);
  return (number !== null && number === fileNumber(b)) || canonical(a) === canonical(b);
}
