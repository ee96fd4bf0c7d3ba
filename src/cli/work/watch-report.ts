import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseLockedError } from '../../errors/database-errors.js';
import { InterruptedError } from '../../errors/errors.js';
import { databaseState, fileState } from '../../store/database-state.js';

/** How often the file is looked at; nothing is opened while it stays as it was. */
const LOOK_MS = 2_000;
/** After this long without a new result, what takes long is brought up to date too. */
const SETTLED_MS = 30_000;
/** Writing takes at most one part in this many of the time, so that the sweep has the rest. */
const SHARE_OF_TIME = 5;

export interface WatchParams {
  readonly db: string;
  /** Writes the page. */
  readonly write: () => Promise<unknown>;
  /** Renews what takes long and is derived from the results, once they have stopped coming. */
  readonly settle: () => Promise<unknown>;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Says that there is no database yet. */
  readonly onWaiting?: (() => void) | undefined;
  readonly lookMs?: number;
  readonly settledMs?: number;
}

/** The state of what the file holds; undefined while it is not there, or while another process writes it. */
async function stateOf(db: string): Promise<string | undefined> {
  if (fileState(db) === null) return undefined;
  try {
    return await databaseState(db, 0);
  } catch (error) {
    if (error instanceof DatabaseLockedError) return undefined;
    throw error;
  }
}

/** Runs work that reads the database. @returns false when another process held it all the time */
async function unlessLocked(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof DatabaseLockedError) return false;
    throw error;
  }
}

/**
 * Writes a page whenever a database has new results, until it is told to stop. A database that another process holds is
 * tried again later; one that is not there is waited for.
 * @throws InterruptedError at the end, and what `write` throws but DatabaseLockedError
 */
export async function watchReport(params: WatchParams): Promise<never> {
  const { db, write, settle, signal, lookMs = LOOK_MS, settledMs = SETTLED_MS } = params;
  let looked: string | null | undefined;
  let shown: string | undefined;
  let changedAt = 0;
  let settled = true;
  let told = false;
  while (!signal.aborted) {
    const began = performance.now();
    const file = fileState(db);
    if (file === null && !told) params.onWaiting?.();
    told = file === null;
    if (file !== looked) {
      const state = await stateOf(db);
      // What was not to be seen now is looked at again.
      looked = state === undefined ? undefined : file;
      if (state !== undefined && state !== shown) {
        if (await unlessLocked(write)) shown = state;
        else looked = undefined;
        changedAt = performance.now();
        settled = false;
      }
    } else if (!settled && performance.now() - changedAt > settledMs) {
      settled = await unlessLocked(async () => {
        await settle();
        await write();
      });
    }
    const took = performance.now() - began;
    await pause(Math.max(lookMs, took * (SHARE_OF_TIME - 1)), undefined, { signal }).catch(() => undefined);
  }
  throw new InterruptedError();
}
