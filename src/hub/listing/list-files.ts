import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { listFiles as listTree } from '@huggingface/hub';
import { HubNetworkError, OfflineError } from '../../errors/hub-errors.js';
import { checkCommit, checkFilePath, checkRepo, isBlobName, repoPlaces } from '../cache/cache-paths.js';
import type { Hub } from '../hub.js';

/** A file of a commit, as the Hub lists it. */
export interface HubFile {
  /** Inside the repository, with `/`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Name of its content in the cache: sha256 of an LFS file, git blob sha1 of a small one. */
  readonly blob: string;
  /** sha256 of an LFS file; null for a small file, of which the Hub only tells the git sha1. */
  readonly sha256: string | null;
}

/** Far more than any model has; bounds a listing that never ends. */
const MAX_FILES = 100_000;

const asSha256 = (blob: string): string | null => (blob.length === 64 ? blob : null);

/** Files that the cache holds of a commit. */
async function cachedFiles(hub: Hub, repo: string, commit: string): Promise<HubFile[]> {
  const folder = repoPlaces(hub.cacheDir, repo).snapshot(commit);
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => undefined);
  if (found === undefined) throw new OfflineError(`${repo} at ${commit}`);
  const files = await Promise.all(
    found
      .filter((entry) => !entry.isDirectory())
      .map(async (entry): Promise<HubFile | undefined> => {
        const place = join(entry.parentPath, entry.name);
        const facts = await stat(place).catch(() => undefined);
        if (facts === undefined) return undefined;
        const blob = basename(await realpath(place));
        const path = relative(folder, place).split(sep).join('/');
        return { path, size: facts.size, blob, sha256: isBlobName(blob) ? asSha256(blob) : null };
      }),
  );
  return files.filter((file) => file !== undefined).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * All files of a commit, in subfolders too, over as many pages as there are. Offline: those that the cache holds.
 * @throws RevisionNotFoundError, RepoNotFoundError, OfflineError, HubAccessError, RateLimitedError, HubNetworkError,
 *   InterruptedError
 */
export async function listFiles(params: {
  readonly hub: Hub;
  readonly repo: string;
  readonly commit: string;
  readonly signal?: AbortSignal | undefined;
}): Promise<HubFile[]> {
  const { hub } = params;
  const [repo, commit] = [checkRepo(params.repo), checkCommit(params.commit)];
  if (hub.offline) return cachedFiles(hub, repo, commit);
  const files: HubFile[] = [];
  const malformed = (): HubNetworkError =>
    new HubNetworkError(hub.endpoint, `the list of files of ${repo} is malformed`, 1);
  const listing = listTree({
    repo,
    revision: commit,
    recursive: true,
    hubUrl: hub.endpoint,
    fetch: hub.fetchFor({ repo, revision: commit }, params.signal),
  });
  try {
    for await (const { type, path, oid, size: ownSize, lfs } of listing) {
      if (type !== 'file') continue;
      const [blob, size] = [lfs?.oid ?? oid ?? '', lfs?.size ?? ownSize];
      // The library hands on what the server sends unchecked; names and sizes become paths and lengths here.
      if (!isBlobName(blob) || !Number.isSafeInteger(size) || size < 0 || files.length >= MAX_FILES)
        throw malformed();
      files.push({ path: checkFilePath(path, repo), size, blob, sha256: asSha256(blob) });
    }
  } catch (error) {
    // Its own word for JSON that is no list.
    throw error instanceof TypeError ? malformed() : error;
  }
  return files;
}
