import pLimit from 'p-limit';
import { HeuristraceError, InterruptedError, type FailureKind } from '../../errors/errors.js';
import { DiskBudgetError } from '../../errors/hub-errors.js';
import { checkDiskSpace, freeBytes } from '../../hub/cache/disk-space.js';
import { fetchFiles, type FetchEvent } from '../../hub/download/fetch-files.js';
import { aheadAccount } from '../../hub/download/fetched-ahead.js';
import {
  contentKey,
  planFetch,
  type FetchFailure,
  type FetchPlan,
  type FetchRequest,
  type PlannedRevision,
} from './plan-fetch.js';
import { TransferMeter, type TransferProgress } from './transfer-meter.js';

/** What is to be fetched, in bytes. */
export interface FetchForecast {
  readonly revisions: number;
  /** Contents shared by revisions count once. */
  readonly fetchBytes: number;
  readonly presentBytes: number;
  /** Free on the disk of the cache. */
  readonly freeBytes: number;
}

/** What a fetch says while it runs. */
export interface FetchHooks {
  readonly onForecast?: (forecast: FetchForecast, plan: FetchPlan) => void;
  readonly onProgress?: (progress: TransferProgress & { readonly finished: number }) => void;
  /** A wait, in words. */
  readonly onWait?: (text: string) => void;
  readonly onFailure?: (failure: FetchFailure) => void;
}

export interface FetchOutcome {
  readonly forecast: FetchForecast;
  /** Revisions that are in the cache now. */
  readonly complete: readonly (PlannedRevision & { readonly receivedBytes: number })[];
  /** In the order in which they happened. */
  readonly failures: readonly FetchFailure[];
  /** Revisions that were not tried, after a failure that would be theirs too. */
  readonly untried: readonly PlannedRevision[];
  readonly missing: FetchPlan['missing'];
}

/** Checkpoints at the same time, so that small files do not leave the connections idle. */
const AT_ONCE = 4;
/** After these no revision can be fetched. */
const HOPELESS: ReadonlySet<FailureKind> = new Set(['diskFull', 'unwritable', 'diskBudget', 'rateLimited']);
/** After these no other revision of the same repo can be fetched. */
const REPO_WIDE: ReadonlySet<FailureKind> = new Set(['hubAccess', 'repoNotFound']);
/** Revisions that find the Hub gone, one after the other, until the rest is given up. */
const LOST_IN_A_ROW = 3;

/**
 * Brings checkpoints of a suite and its tokenizer into the cache, ahead of a sweep. A revision that fails does not stop
 * the others. What is there is not fetched; what was begun is continued.
 * @param request.limitBytes to fetch at most, Infinity without a limit
 * @throws DiskBudgetError before anything is fetched that does not fit; InterruptedError: what is finished stays; what
 *   `planFetch` throws
 */
export async function fetchSuite(
  request: FetchRequest & { readonly limitBytes: number },
  hooks: FetchHooks = {},
): Promise<FetchOutcome> {
  const { hub, signal, limitBytes } = request;
  const plan = await planFetch(request);
  const sum = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);
  const contents = [...plan.contents.values()];
  const fetchBytes = sum(contents.map(({ missing }) => missing));
  const forecast = {
    revisions: plan.revisions.length,
    fetchBytes,
    presentBytes: sum(contents.map(({ size }) => size)) - fetchBytes,
    freeBytes: await freeBytes(hub.cacheDir),
  };
  hooks.onForecast?.(forecast, plan);
  for (const failure of plan.failures) hooks.onFailure?.(failure);
  if (fetchBytes > limitBytes) throw new DiskBudgetError('budget', fetchBytes, limitBytes, hub.cacheDir);
  if (!hub.offline) await checkDiskSpace({ folder: hub.cacheDir, neededBytes: fetchBytes });
  const { complete, failures, untried } = await fetchAll(request, plan, hooks);
  if (signal?.aborted === true) throw new InterruptedError();
  return { forecast, complete, failures: [...plan.failures, ...failures], untried, missing: plan.missing };
}

async function fetchAll({ hub, signal }: FetchRequest, plan: FetchPlan, hooks: FetchHooks) {
  const meter = new TransferMeter({ contents: plan.contents, now: () => hub.clock.now() });
  const account = aheadAccount({ hub });
  const [complete, failures, untried]: [
    (PlannedRevision & { receivedBytes: number })[],
    FetchFailure[],
    PlannedRevision[],
  ] = [[], [], []];
  const closedRepos = new Set<string>();
  const stop = new AbortController();
  const inner = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  let lost = 0;

  const noteFailure = (planned: PlannedRevision, error: HeuristraceError): void => {
    lost = error.kind === 'hubNetwork' ? lost + 1 : lost;
    if (HOPELESS.has(error.kind) || lost >= LOST_IN_A_ROW) stop.abort();
    // Several of a repo are under way at once: its failure is told once.
    if (closedRepos.has(planned.repo)) {
      untried.push(planned);
      return;
    }
    if (REPO_WIDE.has(error.kind)) closedRepos.add(planned.repo);
    const { seed, step, repo, revision } = planned;
    const failure = { seed, step, repo, revision, error };
    failures.push(failure);
    hooks.onFailure?.(failure);
  };
  const fetchOne = async (planned: PlannedRevision): Promise<void> => {
    const { repo, revision, commit, files } = planned;
    if (inner.aborted || closedRepos.has(repo)) {
      untried.push(planned);
      return;
    }
    const onProgress = (event: FetchEvent): void => {
      const file = files.find(({ path }) => path === event.path);
      if (event.kind === 'retry' || event.kind === 'waiting') hooks.onWait?.(waitText(planned, event));
      else if (file !== undefined) {
        meter.set(contentKey(repo, file), event.kind === 'bytes' ? event.bytes : event.size);
        hooks.onProgress?.({ ...meter.progress(), finished: complete.length });
      }
    };
    try {
      const fetched = await fetchFiles({
        hub,
        repo,
        revision,
        commit,
        files,
        budget: account,
        signal: inner,
        onProgress,
      });
      const receivedBytes = fetched.reduce((total, file) => total + file.receivedBytes, 0);
      lost = 0;
      complete.push({ ...planned, receivedBytes });
      hooks.onProgress?.({ ...meter.progress(), finished: complete.length });
    } catch (error) {
      if (!(error instanceof HeuristraceError)) {
        stop.abort();
        throw error;
      }
      if (error.kind === 'interrupted') untried.push(planned);
      else noteFailure(planned, error);
    }
  };
  const limit = pLimit(AT_ONCE);
  await Promise.all(plan.revisions.map((planned) => limit(() => fetchOne(planned))));
  return { complete, failures, untried };
}

function waitText(
  { repo, revision }: PlannedRevision,
  event: Extract<FetchEvent, { kind: 'retry' | 'waiting' }>,
): string {
  const what = `${repo}@${revision}: ${event.path}`;
  return event.kind === 'retry'
    ? `${what}: ${event.problem}, again in ${Math.max(1, Math.round(event.waitMs / 1000))} s`
    : `${what}: waiting for ${event.holder}`;
}
