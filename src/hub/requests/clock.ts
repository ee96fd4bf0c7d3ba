import { setTimeout as wait } from 'node:timers/promises';
import { InterruptedError } from '../../errors/errors.js';

/** Time and chance as arguments, so that tests of waiting take no time. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms`. @throws InterruptedError when the signal aborts first */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Number in [0, 1). */
  random(): number;
}

/** @throws InterruptedError when the user asked to stop */
export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new InterruptedError();
}

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    stopIfAborted(signal);
    try {
      await wait(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      stopIfAborted(signal);
      throw error;
    }
  },
  // Unseeded: processes must not retry in step, and no result depends on it.
  random: () => Math.random(),
};
