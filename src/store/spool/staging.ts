import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, thisProcess } from '../../files/process-id.js';
import { WRITING } from './layout.js';

/** A folder of a writer on another machine, which cannot be asked, counts as left behind after so long. */
const ABANDONED_MS = 24 * 3_600_000;

const machineName = (): string =>
  createHash('sha256').update(thisProcess().machine).digest('hex').slice(0, 16);

/** Makes an empty folder on the spool's disk, whose name says which process writes there. */
export function stagingFolder(spool: string): string {
  const { pid, start } = thisProcess();
  const folder = join(spool, WRITING + [machineName(), pid, start ?? '', randomUUID()].join('.'));
  mkdirSync(folder, { recursive: true });
  return folder;
}

function isLeftBehind(name: string, path: string): boolean {
  const [machine, pid, start] = name.slice(WRITING.length).split('.');
  const running =
    machine === machineName()
      ? isRunning({
          machine: thisProcess().machine,
          pid: Number(pid),
          start: start === '' ? null : (start ?? null),
        })
      : null;
  return running === null ? Date.now() - statSync(path).mtimeMs > ABANDONED_MS : !running;
}

/** Removes what killed writers left half written. Those of other machines are left alone for a day. */
export function removeLeftBehind(spool: string): void {
  let names: string[];
  try {
    names = readdirSync(spool).filter((name) => name.startsWith(WRITING));
  } catch {
    return; // nothing was ever written
  }
  for (const name of names) {
    const path = join(spool, name);
    try {
      if (isLeftBehind(name, path)) rmSync(path, { recursive: true, force: true });
    } catch {
      // another process removes it at this moment, or it is not ours to remove
    }
  }
}
