import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EngineBusyError } from '../errors/engine-errors.js';
import { isRunning, parseProcessId, thisProcess } from '../files/process-id.js';
import { errnoOf, writeFailure } from '../files/write.js';

/** Name of the file in a stage that says which process works in it. */
export const OWNER = 'installing.json';

/**
 * Makes a new folder beside its place and, when `work` is done, renames it there, replacing what was there. While it
 * exists it keeps other processes out; what a process that is gone left is removed. When `work` throws, nothing is left.
 * @throws EngineBusyError; UnwritableError; DiskFullError; what `work` throws
 */
export async function inStage(place: string, work: (stage: string) => Promise<void>): Promise<void> {
  const stage = `${place}.part`;
  await mkdir(dirname(place), { recursive: true }).catch((error: unknown) => writeFailure(place, error));
  await claim(stage);
  try {
    await work(stage);
    await rm(join(stage, OWNER));
    await removeWhole(place);
    await rename(stage, place);
  } catch (error) {
    await rm(stage, { recursive: true, force: true });
    return errnoOf(error) === undefined ? Promise.reject(asError(error)) : writeFailure(place, error);
  }
}

/** Removes a folder: out of its place first, so that nobody finds half of it. @returns whether it was there */
export async function removeWhole(place: string): Promise<boolean> {
  const doomed = `${place}.${process.pid}.old`;
  try {
    await rename(place, doomed);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    return writeFailure(place, error);
  }
  await rm(doomed, { recursive: true, force: true });
  return true;
}

async function claim(stage: string): Promise<void> {
  for (;;) {
    try {
      await mkdir(stage);
      await writeFile(join(stage, OWNER), JSON.stringify(thisProcess()));
      return;
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') writeFailure(stage, error);
    }
    const owner = parseProcessId(await readFile(join(stage, OWNER), 'utf8').catch(() => ''));
    // Without an owner it may have been made a moment ago; whose owner is on another machine cannot be asked.
    if (owner === undefined || isRunning(owner) !== false)
      throw new EngineBusyError(stage, owner?.pid ?? null);
    await removeWhole(stage);
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
