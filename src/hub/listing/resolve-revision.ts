import { readFile, stat } from 'node:fs/promises';
import { modelInfo } from '@huggingface/hub';
import { HubNetworkError, OfflineError } from '../../errors/hub-errors.js';
import { checkRepo, checkRevision, isCommit, repoPlaces } from '../cache/cache-paths.js';
import type { Hub } from '../hub.js';

async function cachedCommit(hub: Hub, repo: string, revision: string): Promise<string> {
  const places = repoPlaces(hub.cacheDir, repo);
  const commit = isCommit(revision)
    ? revision
    : (await readFile(places.ref(revision), 'utf8').catch(() => '')).trim();
  const held = isCommit(commit) && (await stat(places.snapshot(commit)).catch(() => undefined)) !== undefined;
  if (!held) throw new OfflineError(`revision '${revision}' of ${repo}`);
  return commit;
}

/**
 * The commit that a branch, a tag or a sha names now. Everything else is read by this commit, so that a branch that
 * moves in the middle of a sweep changes nothing. Offline: as the cache remembers it.
 * @throws RevisionNotFoundError, RepoNotFoundError, OfflineError, HubAccessError, RateLimitedError, HubNetworkError,
 *   InterruptedError
 */
export async function resolveRevision(params: {
  readonly hub: Hub;
  readonly repo: string;
  readonly revision: string;
  readonly signal?: AbortSignal | undefined;
}): Promise<string> {
  const { hub } = params;
  const [repo, revision] = [checkRepo(params.repo), checkRevision(params.revision)];
  if (hub.offline) return cachedCommit(hub, repo, revision);
  const { sha } = await modelInfo({
    name: repo,
    revision,
    additionalFields: ['sha'],
    hubUrl: hub.endpoint,
    fetch: hub.fetchFor({ repo, revision }, params.signal),
  });
  if (!isCommit(sha)) throw new HubNetworkError(hub.endpoint, `no commit sha for ${repo} at ${revision}`, 1);
  return sha;
}
