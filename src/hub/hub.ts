import pLimit, { type LimitFunction } from 'p-limit';
import { programVersion } from '../files/package.js';
import { HubNetworkError, OfflineError } from '../errors/hub-errors.js';
import { realClock, type Clock } from './requests/clock.js';
import { exchanger, type Exchange, type HubRequest } from './requests/exchange.js';
import { judge, shownUrl, type Subject } from './requests/judge.js';
import { proxiedFetch } from './requests/proxy.js';
import { ATTEMPTS, retrying, type RetryNotice, type RetryState } from './requests/retry.js';
import { hubSettings, type Environment, type HubChoices, type HubSettings } from './requests/settings.js';

export interface HubOptions extends HubChoices {
  /** Files fetched at the same time, over all calls. */
  readonly connections?: number;
  /** Failures in a row after which a request is given up. */
  readonly attempts?: number;
  readonly env?: Environment;
  readonly fetch?: typeof fetch;
  readonly clock?: Clock;
  /** Told of every wait before a request to the API is tried again. */
  readonly onRetry?: (notice: RetryNotice) => void;
}

/** Settings as plain data. The token is among them, so they are handed out by a function and never kept in an object. */
export interface ThreadSettings extends HubSettings {
  readonly attempts: number;
  readonly env: Environment;
}

/** A Hub and its cache. The token is not part of it: it stays in the closure that sends. */
export interface Hub {
  readonly endpoint: string;
  readonly cacheDir: string;
  readonly offline: boolean;
  readonly clock: Clock;
  readonly retryState: RetryState;
  /** What a thread of its own needs to open the same Hub; null where fetch or clock were given, which cannot travel. */
  readonly forThread: (() => ThreadSettings) | null;
  /** Shared by all downloads of this Hub. */
  readonly limit: LimitFunction;
  /** One exchange; anything but 2xx (and 416) is thrown as TransientError or as a final error. */
  readonly exchange: (request: HubRequest, about: Subject) => Promise<Exchange>;
  /** `fetch` for @huggingface/hub, whose own sends the token along any `Link` header and never tries again. */
  readonly fetchFor: (about: Subject, signal?: AbortSignal) => typeof fetch;
}

/** As many as huggingface_hub for Python uses. */
const CONNECTIONS = 8;

/** Reads a whole answer of the API while the watch is on. @throws HubNetworkError when it is not JSON */
async function wholeJson({ response, url, failure, close }: Exchange): Promise<Response> {
  try {
    const text = await response.text().catch((error: unknown) => {
      throw failure(error);
    });
    const json: unknown = JSON.parse(text);
    if (typeof json !== 'object' || json === null) throw new SyntaxError('neither object nor list');
    return new Response(text, { headers: response.headers });
  } catch (error) {
    // A proxy's or a hotel's page in place of the Hub's answer.
    if (error instanceof SyntaxError)
      throw new HubNetworkError(shownUrl(url), 'the answer is not that of a Hub', 1);
    throw error;
  } finally {
    await close();
  }
}

/**
 * Opens a Hub with its cache: the caller's options, then the environment (HF_ENDPOINT, HF_TOKEN or the token file,
 * HF_HUB_CACHE, HF_HOME, HF_HUB_OFFLINE, proxies), then the defaults. Nothing is contacted yet.
 * @throws UsageError when the environment holds a value of the wrong form
 */
export function openHub(options: HubOptions = {}): Hub {
  const { env = process.env, clock = realClock, onRetry } = options;
  const settings = hubSettings(options, env);
  const { endpoint, token, cacheDir, offline, stallMs } = settings;
  const exchangeOnce = exchanger({
    endpoint,
    token,
    stallMs,
    userAgent: `heuristrace/${programVersion()}`,
    fetch: options.fetch ?? proxiedFetch(env),
  });
  const retryState: RetryState = {
    attempts: options.attempts ?? ATTEMPTS,
    pausedUntil: 0,
    reached: false,
  };
  const exchange = async (request: HubRequest, about: Subject): Promise<Exchange> => {
    if (offline) throw new OfflineError(`${about.repo}${about.path === undefined ? '' : `/${about.path}`}`);
    const answered = await exchangeOnce(request);
    retryState.reached = true;
    const { response, url, linked } = answered;
    if (response.ok || response.status === 416) return answered;
    await answered.close();
    throw judge({ response, url, about, endpoint, linked, now: clock.now() });
  };
  const fetchFor =
    (about: Subject, signal?: AbortSignal): typeof fetch =>
    (input, init) => {
      const request: HubRequest = {
        url: input instanceof Request ? input.url : String(input),
        method: init?.method === 'POST' ? 'POST' : 'GET',
        headers: Object.fromEntries(new Headers(init?.headers)),
        ...(typeof init?.body === 'string' && { body: init.body }),
        signal,
      };
      return retrying({
        attempt: async () => wholeJson(await exchange(request, about)),
        state: retryState,
        clock,
        onRetry,
        signal,
      });
    };
  return {
    endpoint,
    cacheDir,
    offline,
    clock,
    retryState,
    forThread:
      options.fetch === undefined && options.clock === undefined
        ? () => ({ ...settings, attempts: retryState.attempts, env: { ...env } })
        : null,
    limit: pLimit(options.connections ?? CONNECTIONS),
    exchange,
    fetchFor,
  };
}
