import { HeuristraceError } from './errors.js';

/** The Hub knows no such repository; it says the same of a private one that the token may not see. */
export class RepoNotFoundError extends HeuristraceError {
  constructor(
    readonly repo: string,
    readonly endpoint: string,
  ) {
    super(
      'repoNotFound',
      `${endpoint} has no model repository '${repo}', or it is private`,
      'Check the name (owner/name); for a private repository set HF_TOKEN.',
    );
  }
}

/** The repository has no branch, tag or commit of this name. */
export class RevisionNotFoundError extends HeuristraceError {
  constructor(
    readonly repo: string,
    readonly revision: string,
  ) {
    super(
      'revisionNotFound',
      `${repo} has no revision '${revision}'`,
      'Choose a revision that the repository has; `heuristrace suites check` compares a suite with its repository.',
    );
  }
}

/** The revision does not hold this file. */
export class HubFileNotFoundError extends HeuristraceError {
  constructor(
    readonly repo: string,
    readonly revision: string,
    readonly path: string,
  ) {
    super(
      'hubFile',
      `${repo} at ${revision} has no file '${path}'`,
      'The checkpoint is incomplete on the Hub; audit the suite, or leave the step out.',
    );
  }
}

/** The Hub knows the repository but refuses this user. */
export class HubAccessError extends HeuristraceError {
  constructor(
    readonly repo: string,
    readonly reason: 'gated' | 'token' | 'forbidden',
  ) {
    const { problem, next } = {
      gated: {
        problem: `${repo} is gated`,
        next: 'Ask for access on its page, then set HF_TOKEN to a token of that account.',
      },
      token: {
        problem: `the token was refused for ${repo}`,
        next: 'Make a new token, or unset HF_TOKEN to go on without one.',
      },
      forbidden: {
        problem: `access to ${repo} is forbidden`,
        next: 'Use a token with permission to read the repository.',
      },
    }[reason];
    super('hubAccess', problem, next);
  }
}

/** Offline mode, and the cache does not hold what is asked for. */
export class OfflineError extends HeuristraceError {
  constructor(readonly missing: string) {
    super(
      'offline',
      `offline, and the cache does not hold ${missing}`,
      'Fetch it where there is a network (`heuristrace fetch`), or unset HF_HUB_OFFLINE.',
    );
  }
}

/** The Hub's rate limit holds for longer than this program waits by itself. */
export class RateLimitedError extends HeuristraceError {
  constructor(
    readonly url: string,
    /** Seconds that the server asks to wait; null when it does not say. */
    readonly waitSeconds: number | null,
  ) {
    super(
      'rateLimited',
      `too many requests: ${url}`,
      `${waitSeconds === null ? 'Wait some minutes' : `Wait ${Math.ceil(waitSeconds)} seconds`} and run the same command again; a token (HF_TOKEN) raises the limit.`,
    );
  }
}

/** No useful answer after all attempts, or an answer that no Hub gives. */
export class HubNetworkError extends HeuristraceError {
  constructor(
    readonly url: string,
    readonly problem: string,
    readonly attempts: number,
  ) {
    super(
      'hubNetwork',
      `${url}: ${problem}${attempts > 1 ? ` (tried ${attempts} times)` : ''}`,
      'Check network, proxy and HF_ENDPOINT, then run the same command again: what was fetched is kept.',
    );
  }
}

/** A downloaded file is not the one that the Hub lists, and was not the second time either. */
export class DownloadChecksumError extends HeuristraceError {
  constructor(
    readonly repo: string,
    readonly path: string,
    readonly expected: string,
    readonly actual: string,
  ) {
    super(
      'downloadChecksum',
      `${repo}: ${path} arrives with checksum ${actual.slice(0, 12)}..., the Hub lists ${expected.slice(0, 12)}...`,
      'A proxy or mirror may hand out a damaged copy: try again later or with another HF_ENDPOINT.',
    );
  }
}

/** Another process holds the lock of a file in the cache for longer than we wait. */
export class CacheLockedError extends HeuristraceError {
  constructor(
    readonly path: string,
    readonly holder: string,
  ) {
    super(
      'cacheLocked',
      `${path} is held by ${holder}`,
      'Wait for that process or end it; remove the lock file only if no such process runs.',
    );
  }
}

/** What must be fetched fits neither the budget nor the disk, whatever is evicted. */
export class DiskBudgetError extends HeuristraceError {
  constructor(
    readonly limit: 'budget' | 'disk',
    readonly neededBytes: number,
    readonly availableBytes: number,
    readonly place: string,
  ) {
    super(
      'diskBudget',
      `${amount(neededBytes)} must be fetched, but ${
        limit === 'budget' ? 'the disk budget leaves' : `the disk of ${place} has`
      } ${amount(availableBytes)}`,
      limit === 'budget'
        ? 'Give a larger --disk-budget, or fewer or smaller checkpoints.'
        : 'Free some space, or put the cache on another disk with HF_HUB_CACHE.',
    );
  }
}

/** Some revisions could not be fetched; the others are in the cache. Keeps the exit code of the first failure. */
export class RevisionsFailedError extends HeuristraceError {
  constructor(
    readonly failures: readonly { readonly where: string; readonly error: HeuristraceError }[],
    /** Revisions that were not tried because of a failure. */
    untried: number,
  ) {
    const first = failures[0]?.error;
    const shown = failures.slice(0, 20).map(({ where, error }) => `    ${where}: ${error.message}`);
    const rest = failures.length > shown.length ? [`    and ${failures.length - shown.length} more`] : [];
    super(
      first?.kind ?? 'hubNetwork',
      `${failures.length} revision(s) could not be fetched${untried > 0 ? `, ${untried} were not tried` : ''}:\n${[...shown, ...rest].join('\n')}`,
      `The others are in the cache. ${first?.next ?? ''}`,
    );
  }
}

/** A suite's repositories have not the checkpoints that its manifest lists. */
export class SuiteDiffersError extends HeuristraceError {
  constructor(
    readonly suite: string,
    /** What differs, in words. */
    readonly differences: readonly string[],
  ) {
    super(
      'suiteDiffers',
      `${suite} differs from its repositories: ${differences.join('; ')}`,
      'Sweep the steps that are there, and correct the manifest if the repository is right.',
    );
  }
}

/** Bytes in a unit in which they do not look like none. */
function amount(bytes: number): string {
  const [unit, size] = bytes >= 1e9 ? ['GB', 1e9] : bytes >= 1e6 ? ['MB', 1e6] : ['kB', 1e3];
  return `${(bytes / size).toFixed(2)} ${unit}`;
}
