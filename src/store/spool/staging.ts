import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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

/**
 * Puts a file into a spool, whole or not at all.
 * @throws Error of the operating system
 */
export async function placeFile(spool: string, path: string, content: string): Promise<void> {
  const staging = stagingFolder(spool);
  try {
    const written = join(staging, 'file');
    await writeFile(written, content);
    mkdirSync(dirname(path), { recursive: true });
    renameSync(written, path);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
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
