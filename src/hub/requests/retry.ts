import { HubNetworkError, RateLimitedError } from '../../errors/hub-errors.js';
import type { HeuristraceError } from '../../errors/errors.js';
import { stopIfAborted, type Clock } from './clock.js';

/** A failure that may pass: what to do again, and what to say if it never passes. */
export class TransientError extends Error {
  /** Milliseconds that the server asks to wait, null when it does not say. */
  readonly askedWaitMs: number | null;
  readonly rateLimited: boolean;
  /** Whether bytes were gained all the same; then the count of failures begins anew. */
  progressed = false;
  readonly #url: string;

  constructor(params: { url: string; problem: string; rateLimited?: boolean; askedWaitMs?: number | null }) {
    super(params.problem);
    this.#url = params.url;
    this.rateLimited = params.rateLimited ?? false;
    this.askedWaitMs = params.askedWaitMs ?? null;
  }

  /** The error to end with after `attempts` attempts. */
  final(attempts: number): HeuristraceError {
    if (this.rateLimited)
      return new RateLimitedError(this.#url, this.askedWaitMs === null ? null : this.askedWaitMs / 1000);
    return new HubNetworkError(this.#url, this.message, attempts);
  }
}

/** What the connections of one Hub share about waiting. */
export interface RetryState {
  /** Failures in a row after which to give up, once the Hub has answered at all. */
  readonly attempts: number;
  /** Time (ms since 1970) before which no request is sent, because of a rate limit. */
  pausedUntil: number;
  /** Whether the Hub ever answered: a name that is wrong from the start is not worth much patience. */
  reached: boolean;
}

export interface RetryNotice {
  readonly problem: string;
  readonly waitMs: number;
}

/** Nearly a minute and a half on average over eight failures, as long as a Hub's deployment takes. */
export const ATTEMPTS = 8;
const ATTEMPTS_BEFORE_FIRST_ANSWER = 3;
/** Bounds a server that hands out one byte per connection. */
const ATTEMPTS_IN_ALL = 1_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** Rate limits of the Hub are windows of 5 minutes; whoever asks for more should be seen by a person. */
const LONGEST_ASKED_WAIT_MS = 15 * 60_000;

/**
 * Runs `attempt` until it does not fail with a TransientError: exponential backoff with full jitter, or the pause that
 * the server asks for, which then holds for all connections of the Hub.
 * @throws what `attempt` throws otherwise; RateLimitedError or HubNetworkError after the last attempt; InterruptedError
 */
export async function retrying<T>(params: {
  readonly attempt: () => Promise<T>;
  readonly state: RetryState;
  readonly clock: Clock;
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}): Promise<T> {
  const { attempt, state, clock, onRetry, signal } = params;
  for (let [failures, all] = [0, 0]; ;) {
    stopIfAborted(signal);
    const pause = state.pausedUntil - clock.now();
    if (pause > 0) await clock.sleep(pause, signal);
    try {
      return await attempt();
    } catch (error) {
      stopIfAborted(signal);
      if (!(error instanceof TransientError)) throw error;
      failures = error.progressed ? 1 : failures + 1;
      all++;
      const most = state.reached ? state.attempts : Math.min(state.attempts, ATTEMPTS_BEFORE_FIRST_ANSWER);
      const asked = error.askedWaitMs;
      if (failures >= most || all >= ATTEMPTS_IN_ALL || (asked ?? 0) > LONGEST_ASKED_WAIT_MS)
        throw error.final(all);
      const jitter = clock.random();
      const waitMs =
        asked === null
          ? jitter * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1))
          : asked + jitter * FIRST_WAIT_MS;
      if (error.rateLimited) state.pausedUntil = Math.max(state.pausedUntil, clock.now() + waitMs);
      onRetry?.({ problem: error.message, waitMs });
      await clock.sleep(waitMs, signal);
    }
  }
}
