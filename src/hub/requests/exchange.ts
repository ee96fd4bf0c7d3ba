import { HubNetworkError } from '../../errors/hub-errors.js';
import { stopIfAborted } from './clock.js';
import { shownUrl } from './judge.js';
import { TransientError } from './retry.js';

export interface HubRequest {
  readonly url: string;
  readonly method?: 'GET' | 'HEAD' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

/** One answer, and the watch over its connection. */
export interface Exchange {
  readonly response: Response;
  /** Where the answer came from, after redirects. */
  readonly url: string;
  /** Whether it came from another origin than the Hub's. */
  readonly linked: boolean;
  /** Tells the watch that bytes arrived. */
  readonly alive: () => void;
  /** Closes the connection, if anything is left to read, and ends the watch. */
  readonly close: () => Promise<void>;
  /** Turns a failure while reading the body into a TransientError, or InterruptedError. */
  readonly failure: (error: unknown) => unknown;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];
/** Certificates do not become right by asking again. */
const FINAL_CODES = /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_INVALID_)/;

/** The innermost cause of a failed fetch says what happened; fetch itself only says that it failed. */
function causeOf(error: unknown): { readonly code: string; readonly text: string } {
  let cause = error;
  while (cause instanceof Error && cause.cause !== undefined) cause = cause.cause;
  if (!(cause instanceof Error)) return { code: '', text: String(cause) };
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  return { code, text: code !== '' ? code : cause.message };
}

/** A last moment for bytes that arrived while this thread was busy: timers fire before sockets are read. */
const GRACE_MS = 100;

/** Aborts a connection on which nothing arrives for `stallMs`, or when the caller's signal aborts. */
function watch(stallMs: number, signal: AbortSignal | undefined) {
  const controller = new AbortController();
  const state = { stalled: false };
  const stop = (): void => controller.abort();
  signal?.addEventListener('abort', stop, { once: true });
  let grace: NodeJS.Timeout | undefined;
  const timer = setTimeout(() => {
    grace = setTimeout(() => {
      state.stalled = true;
      stop();
    }, GRACE_MS);
  }, stallMs);
  return {
    signal: controller.signal,
    state,
    alive: () => {
      clearTimeout(grace);
      timer.refresh();
    },
    end: () => {
      clearTimeout(grace);
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    },
  };
}

/**
 * Makes exchanges with a Hub. Redirects are followed here and not by fetch: the token goes to the Hub's own origin and
 * nowhere else. It lives in this closure only, so that no message or inspected object shows it.
 */
export function exchanger(params: {
  readonly endpoint: string;
  readonly token: string | undefined;
  readonly userAgent: string;
  readonly stallMs: number;
  readonly fetch: typeof fetch;
}): (request: HubRequest) => Promise<Exchange> {
  const { endpoint, token, userAgent, stallMs } = params;
  const home = new URL(endpoint).origin;
  const headersFor = (url: URL, given: HubRequest['headers']): Record<string, string> => ({
    'user-agent': userAgent,
    // Sizes and ranges must be those of the file, not of a compressed body.
    'accept-encoding': 'identity',
    ...given,
    ...(token !== undefined && url.origin === home && { authorization: `Bearer ${token}` }),
  });

  return async (request) => {
    const { method = 'GET', signal } = request;
    stopIfAborted(signal);
    const guard = watch(stallMs, signal);
    let url = new URL(request.url);
    const failure = (error: unknown): unknown => {
      stopIfAborted(signal);
      const { code, text } = causeOf(error);
      const where = shownUrl(url.href);
      if (FINAL_CODES.test(code)) return new HubNetworkError(where, text, 1);
      const problem = guard.state.stalled ? `no byte for ${stallMs / 1000} s` : `connection lost (${text})`;
      return new TransientError({ url: where, problem });
    };
    try {
      for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
        const response = await params.fetch(url.href, {
          method,
          headers: headersFor(url, request.headers),
          redirect: 'manual',
          signal: guard.signal,
          ...(request.body !== undefined && { body: request.body }),
        });
        guard.alive();
        const location = response.headers.get('Location');
        if (!REDIRECTS.includes(response.status) || location === null) {
          const close = async (): Promise<void> => {
            guard.end();
            await response.body?.cancel().catch(() => undefined);
          };
          return {
            response,
            url: url.href,
            linked: url.origin !== home,
            alive: guard.alive,
            close,
            failure,
          };
        }
        await response.body?.cancel();
        const next = URL.canParse(location, url.href) ? new URL(location, url.href) : undefined;
        if (next === undefined || !/^https?:$/.test(next.protocol))
          throw new HubNetworkError(shownUrl(url.href), 'a redirect that leads nowhere', 1);
        if (url.protocol === 'https:' && next.protocol === 'http:')
          throw new HubNetworkError(shownUrl(url.href), 'a redirect from https to plain http', 1);
        url = next;
      }
      throw new HubNetworkError(shownUrl(request.url), `more than ${MAX_REDIRECTS} redirects`, 1);
    } catch (error) {
      guard.end();
      throw error instanceof HubNetworkError ? error : failure(error);
    }
  };
}
