import { mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OfflineError } from '../../errors/hub-errors.js';
import { writeFailure } from '../../files/write.js';
import type { CacheBudget, Reservation } from '../cache/budget.js';
import { repoPlaces } from '../cache/cache-paths.js';
import { checkDiskSpace } from '../cache/disk-space.js';
import { download } from './download.js';
import { keep } from '../cache/evict.js';
import type { Hub } from '../hub.js';
import { isPresent, linkIntoSnapshot, writeRef } from '../cache/link.js';
import type { HubFile } from '../listing/list-files.js';
import { withLock } from '../cache/lock.js';

/** What happens to one file while it is fetched. */
export type FetchEvent = { readonly path: string; readonly size: number } & (
  | { readonly kind: 'bytes'; /** Bytes of the file on disk so far. */ readonly bytes: number }
  | { readonly kind: 'retry'; readonly problem: string; readonly waitMs: number }
  | { readonly kind: 'waiting'; /** Which process holds the file. */ readonly holder: string }
  | { readonly kind: 'done'; readonly source: FetchedFile['source'] }
);

export interface FetchedFile {
  readonly path: string;
  readonly size: number;
  /** Where to read it: a link in the snapshot's folder. */
  readonly localPath: string;
  /** `cache` when no byte had to be fetched for it. */
  readonly source: 'cache' | 'network';
  /** Bytes received for it by this call. */
  readonly receivedBytes: number;
}

export interface FetchParams {
  readonly hub: Hub;
  readonly repo: string;
  readonly commit: string;
  /** From `listFiles`; only what is needed. */
  readonly files: readonly HubFile[];
  /** Branch or tag by which the commit was found; the cache then remembers it. */
  readonly revision?: string;
  /**
   * Account that pays for the room. The snapshot is held, also after a failure, until `budget.release`. Without an
   * account no sweep ever evicts these files.
   */
  readonly budget?: CacheBudget;
  /** What to do while the budget is used up by snapshots still held; default `wait`. */
  readonly whenFull?: 'wait' | 'refuse';
  /** Bytes of the disk to leave free; default 64 MiB. */
  readonly spareBytes?: number;
  readonly onProgress?: (event: FetchEvent) => void;
  readonly signal?: AbortSignal;
}

/** One content, and the paths under which the commit has it. */
interface Wanted {
  readonly file: HubFile;
  readonly paths: readonly string[];
}

function byContent(files: readonly HubFile[]): Wanted[] {
  const wanted = new Map<string, { file: HubFile; paths: string[] }>();
  for (const file of files) {
    const known = wanted.get(file.blob);
    if (known === undefined) wanted.set(file.blob, { file, paths: [file.path] });
    else if (!known.paths.includes(file.path)) known.paths.push(file.path);
  }
  return [...wanted.values()];
}

/** Bytes of the contents that are missing, and how many of them are still to be fetched. */
async function missing(params: Pick<FetchParams, 'hub' | 'repo' | 'commit' | 'files'>) {
  const { hub, repo, commit, files } = params;
  const places = repoPlaces(hub.cacheDir, repo);
  const sums = { contentBytes: 0, remainingBytes: 0 };
  for (const { file, paths } of byContent(files)) {
    if (await isPresent(places.blob(file.blob), file.size)) continue;
    const present = await Promise.all(paths.map((path) => isPresent(places.file(commit, path), file.size)));
    if (present.every(Boolean)) continue;
    const begun = (await stat(places.partial(file.blob)).catch(() => undefined))?.size ?? 0;
    sums.contentBytes += file.size;
    sums.remainingBytes += Math.max(0, file.size - begun);
  }
  return sums;
}

/**
 * Bytes that `fetchFiles` would have to fetch now: what is neither in the cache nor begun. For forecasts.
 * @returns bytes over all files, each content counted once
 */
export async function missingBytes(
  params: Pick<FetchParams, 'hub' | 'repo' | 'commit' | 'files'>,
): Promise<number> {
  return (await missing(params)).remainingBytes;
}

/** Fetches one content and links it wherever the commit has it. */
async function fetchOne(
  params: FetchParams,
  { file, paths }: Wanted,
  { reservation, evictors }: { reservation: Reservation | undefined; evictors: boolean },
): Promise<FetchedFile[]> {
  const { hub, repo, commit, budget, onProgress, signal } = params;
  const places = repoPlaces(hub.cacheDir, repo);
  const { blob, size } = file;
  const at = { path: file.path, size };
  const result = (source: FetchedFile['source'], receivedBytes: number): FetchedFile[] => {
    onProgress?.({ kind: 'done', ...at, source });
    return paths.map((path, i) => ({
      path,
      size,
      localPath: places.file(commit, path),
      source,
      receivedBytes: i === 0 ? receivedBytes : 0,
    }));
  };
  const allPresent = async (): Promise<boolean> =>
    (await Promise.all(paths.map((path) => isPresent(places.file(commit, path), size)))).every(Boolean);
  // Where a sweep may be evicting, only a look under the lock counts; elsewhere a read-only cache must do.
  if (!evictors && (await allPresent())) return result('cache', 0);
  return withLock(
    {
      path: places.lock(blob),
      clock: hub.clock,
      signal,
      onWait: (holder) => onProgress?.({ kind: 'waiting', ...at, holder }),
    },
    async () => {
      if (await allPresent()) return result('cache', 0);
      let received: number | undefined;
      if (!(await isPresent(places.blob(blob), size))) {
        const partial = places.partial(blob);
        received = await download({
          hub,
          repo,
          commit,
          file,
          partial,
          onBytes: (bytes) => onProgress?.({ kind: 'bytes', ...at, bytes }),
          onRetry: (notice) => onProgress?.({ kind: 'retry', ...at, ...notice }),
          signal,
        });
        if (reservation !== undefined) await budget?.record({ repo, blob, partial }, reservation);
        await rename(partial, places.blob(blob)).catch((error: unknown) =>
          writeFailure(places.blob(blob), error),
        );
      }
      for (const path of paths) {
        await budget?.linked({ repo, commit, path });
        await linkIntoSnapshot({ cacheDir: hub.cacheDir, repo, commit, path, blob });
      }
      return received === undefined ? result('cache', 0) : result('network', received);
    },
  );
}

/** Waits for all, stops the others at the first failure, and throws that one. */
async function allOrFirstFailure<T>(
  tasks: readonly ((signal: AbortSignal) => Promise<T>)[],
  outer: AbortSignal | undefined,
): Promise<T[]> {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  if (outer?.aborted === true) stop();
  outer?.addEventListener('abort', stop, { once: true });
  const failures: unknown[] = [];
  const results = await Promise.all(
    tasks.map((task) =>
      task(controller.signal).catch((error: unknown) => {
        failures.push(error);
        stop();
        return undefined;
      }),
    ),
  );
  outer?.removeEventListener('abort', stop);
  if (failures.length > 0) throw failures[0];
  return results.filter((result) => result !== undefined);
}

/**
 * Brings files of one commit into the Hugging Face cache, several at a time, each verified by its checksum, and returns
 * where they lie. What is there is not fetched; what was begun is continued; a file that another process is fetching is
 * waited for. Goes past @huggingface/hub's downloadFileToCacheDir, which neither verifies, resumes, retries nor locks.
 * Offline: only looks.
 * @throws OfflineError that names the missing file; DiskBudgetError before anything is fetched; DownloadChecksumError,
 * HubFileNotFoundError, RepoNotFoundError, HubAccessError, RateLimitedError, HubNetworkError, CacheLockedError,
 * DiskFullError, UnwritableError, InterruptedError: then files fetched whole stay and others can be continued
 */
export async function fetchFiles(params: FetchParams): Promise<FetchedFile[]> {
  const { hub, repo, commit, files, revision, budget, whenFull, spareBytes, signal } = params;
  const places = repoPlaces(hub.cacheDir, repo);
  const wanted = byContent(files);
  const sites = wanted.flatMap(({ file, paths }) =>
    paths.map((path) => ({ path, size: file.size, place: places.file(commit, path) })),
  );
  await budget?.hold({ repo, commit, files });
  const evictors =
    budget !== undefined ||
    (await keep({ cacheDir: hub.cacheDir, repo, blobs: wanted.map(({ file }) => file.blob) }));
  if (hub.offline)
    return Promise.all(
      sites.map(async ({ path, size, place }) => {
        if (!(await isPresent(place, size))) throw new OfflineError(`${path} of ${repo} at ${commit}`);
        return { path, size, localPath: place, source: 'cache' as const, receivedBytes: 0 };
      }),
    );
  const { contentBytes, remainingBytes } = await missing(params);
  const reservation = await budget?.reserve(contentBytes, {
    ...{ whenFull: whenFull ?? 'wait', signal },
    asking: { repo, commit },
  });
  try {
    await checkDiskSpace({ folder: hub.cacheDir, neededBytes: remainingBytes, spareBytes });
    for (const folder of [places.blobs, places.refs, dirname(places.snapshot(commit))])
      await mkdir(folder, { recursive: true }).catch((error: unknown) => writeFailure(folder, error));
    const fetched = await allOrFirstFailure(
      wanted.map(
        (one) => (inner) =>
          hub.limit(() => fetchOne({ ...params, signal: inner }, one, { reservation, evictors })),
      ),
      signal,
    );
    if (revision !== undefined) await writeRef({ cacheDir: hub.cacheDir, repo, revision, commit });
    return fetched.flat();
  } finally {
    reservation?.end();
  }
}
