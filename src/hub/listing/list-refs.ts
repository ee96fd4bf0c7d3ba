import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { z } from 'zod';
import { HubNetworkError } from '../../errors/hub-errors.js';
import { checkRepo, isCommit, repoPlaces } from '../cache/cache-paths.js';
import type { Hub } from '../hub.js';

/** A branch or tag and the commit that it names at this moment. */
export interface HubRef {
  readonly name: string;
  readonly kind: 'branch' | 'tag' | 'cached';
  readonly commit: string;
}

const REFS = z.array(z.object({ name: z.string().min(1), targetCommit: z.string().refine(isCommit) }));
const ANSWER = z.object({ branches: REFS, tags: REFS });

/** Refs as the cache knows them. @returns [] when it knows none */
async function cachedRefs(hub: Hub, repo: string): Promise<HubRef[]> {
  const { refs } = repoPlaces(hub.cacheDir, repo);
  const files = await readdir(refs, { recursive: true, withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    files
      .filter((file) => file.isFile())
      .map(async (file) => {
        const path = join(file.parentPath, file.name);
        const commit = (await readFile(path, 'utf8')).trim();
        return { name: relative(refs, path).split(sep).join('/'), kind: 'cached' as const, commit };
      }),
  );
  return found.filter(({ commit }) => isCommit(commit));
}

/**
 * Branches and tags of a repository, by one request. @huggingface/hub has no call for this.
 * Offline: the refs that the cache knows, of kind `cached`.
 * @throws RepoNotFoundError, HubAccessError, RateLimitedError, HubNetworkError, UsageError, InterruptedError
 */
export async function listRefs(params: {
  readonly hub: Hub;
  readonly repo: string;
  readonly signal?: AbortSignal | undefined;
}): Promise<HubRef[]> {
  const { hub, repo, signal } = params;
  if (hub.offline) return cachedRefs(hub, repo);
  const url = `${hub.endpoint}/api/models/${checkRepo(repo)}/refs`;
  const answer = await hub.fetchFor({ repo }, signal)(url);
  const json: unknown = await answer.json().catch(() => undefined);
  const { success, data } = ANSWER.safeParse(json);
  if (!success) throw new HubNetworkError(url, 'the list of refs is malformed', 1);
  return [
    ...data.branches.map(({ name, targetCommit }) => ({
      name,
      kind: 'branch' as const,
      commit: targetCommit,
    })),
    ...data.tags.map(({ name, targetCommit }) => ({ name, kind: 'tag' as const, commit: targetCommit })),
  ];
}
