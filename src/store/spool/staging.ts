import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { RUNNING, WRITING } from './layout.js';
import { isNamedRunning, processName } from './process-names.js';

/** What a process on another machine, which cannot be asked, was writing counts as left behind after so long. */
const ABANDONED_MS = 24 * 3_600_000;

/** Makes an empty folder on the spool's disk, whose name says which process writes there. */
export function stagingFolder(spool: string): string {
  const folder = join(spool, `${WRITING}${processName()}.${randomUUID()}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Removes what killed processes left in a spool. What is of other machines is left alone for a day. */
export function removeLeftBehind(spool: string): void {
  let names: string[];
  try {
    names = readdirSync(spool);
  } catch {
    return; // nothing was ever written
  }
  for (const name of names) {
    const prefix = [WRITING, RUNNING].find((begin) => name.startsWith(begin));
    if (prefix === undefined) continue;
    const path = join(spool, name);
    try {
      const running = isNamedRunning(name.slice(prefix.length));
      const isOver = running === null ? Date.now() - statSync(path).mtimeMs > ABANDONED_MS : !running;
      if (isOver) rmSync(path, { recursive: true, force: true });
    } catch {
      // another process removes it at this moment, or it is not ours to remove
    }
  }
}
