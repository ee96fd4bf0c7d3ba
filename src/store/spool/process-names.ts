import { createHash } from 'node:crypto';
import { isRunning, thisProcess } from '../../files/process-id.js';

const machineName = (): string =>
  createHash('sha256').update(thisProcess().machine).digest('hex').slice(0, 16);

/** This process as part of a file's name: machine, pid and start. */
export function processName(): string {
  const { pid, start } = thisProcess();
  return [machineName(), pid, start ?? ''].join('.');
}

/** Whether the process that `processName` named runs. @returns null when it is of another machine */
export function isNamedRunning(name: string): boolean | null {
  const [machine, pid, start] = name.split('.');
  if (machine !== machineName()) return null;
  const { machine: here } = thisProcess();
  return isRunning({
    machine: here,
    pid: Number(pid),
    start: start === undefined || start === '' ? null : start,
  });
}
