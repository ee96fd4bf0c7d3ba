import type { HeuristraceError } from '../../errors/errors.js';
import {
  HubAccessError,
  HubFileNotFoundError,
  HubNetworkError,
  RepoNotFoundError,
  RevisionNotFoundError,
} from '../../errors/hub-errors.js';
import { askedWaitMs } from './rate-limit.js';
import { TransientError } from './retry.js';

/** What a request is about, for the errors it may end in. */
export interface Subject {
  readonly repo: string;
  readonly revision?: string | undefined;
  readonly path?: string | undefined;
}

/** A URL fit for messages: signed links carry secrets in their query. */
export function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** The Hub's own codes, which say more than the status. */
function byCode(code: string | null, about: Subject, endpoint: string): HeuristraceError | undefined {
  const { repo, revision = 'main', path = '' } = about;
  if (code === 'RepoNotFound') return new RepoNotFoundError(repo, endpoint);
  if (code === 'RevisionNotFound') return new RevisionNotFoundError(repo, revision);
  if (code === 'EntryNotFound') return new HubFileNotFoundError(repo, revision, path);
  if (code === 'GatedRepo') return new HubAccessError(repo, 'gated');
  return undefined;
}

/**
 * What an answer that is not a success means.
 * @param params.linked whether the answer comes from where the Hub redirected to, by a link that expires
 */
export function judge(params: {
  readonly response: Response;
  readonly url: string;
  readonly about: Subject;
  readonly endpoint: string;
  readonly linked: boolean;
  readonly now: number;
}): HeuristraceError | TransientError {
  const { response, about, endpoint, linked, now } = params;
  const { status, headers } = response;
  const url = shownUrl(params.url);
  const code = headers.get('X-Error-Code');
  const known = byCode(code, about, endpoint);
  if (status === 429)
    return new TransientError({
      url,
      problem: 'status 429 (rate limit)',
      rateLimited: true,
      askedWaitMs: askedWaitMs(headers, now),
    });
  if (status === 408 || status >= 500)
    return new TransientError({ url, problem: `status ${status}`, askedWaitMs: askedWaitMs(headers, now) });
  if (known !== undefined) return known;
  if (linked && [400, 401, 403, 404, 410].includes(status))
    return new TransientError({ url, problem: `status ${status}: the Hub's link to the file has expired` });
  if (status === 401)
    return /invalid credentials/i.test(headers.get('X-Error-Message') ?? '')
      ? new HubAccessError(about.repo, 'token')
      : new RepoNotFoundError(about.repo, endpoint);
  if (status === 403) return new HubAccessError(about.repo, 'forbidden');
  return new HubNetworkError(url, `status ${status}, which no Hub gives here`, 1);
}
