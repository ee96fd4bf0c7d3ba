import { readdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { FOLDER_PREFIX, isCommit, isRepo, PARTIAL_SUFFIX, repoPlaces } from './cache-paths.js';
import { inspectLedger, key, ledgerFiles } from './ledger.js';
import { ownFiles } from './own-files.js';

/** A commit in the cache. */
export interface CachedRevision {
  readonly commit: string;
  /** Branches and tags by which the cache remembers it. */
  readonly refs: readonly string[];
  readonly files: readonly { readonly path: string; readonly size: number; readonly place: string }[];
  /** Bytes of its files; contents shared with other commits count in each. */
  readonly bytes: number;
  /** Those of them that this program fetched. */
  readonly fetchedBytes: number;
  /** When a file of it was last read or written, as far as the file system notes it: ms since 1970; null without files. */
  readonly lastUsedMs: number | null;
}

/** A repository in the cache. */
export interface CachedRepo {
  readonly repo: string;
  readonly revisions: readonly CachedRevision[];
  /** Bytes on disk, each content once, without what is unfinished. */
  readonly bytes: number;
  /** Bytes that this program fetched. */
  readonly fetchedBytes: number;
  /** Those that sweeps fetched under a budget, which a sweep may evict. */
  readonly evictableBytes: number;
  /** Files begun and not finished, ours and those of Python, in bytes. */
  readonly unfinishedBytes: number;
  readonly unfinished: readonly { readonly name: string; readonly bytes: number }[];
}

async function refsOf(refs: string): Promise<Map<string, string[]>> {
  const byCommit = new Map<string, string[]>();
  for (const entry of await readdir(refs, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (!entry.isFile()) continue;
    const place = join(entry.parentPath, entry.name);
    const commit = (await readFile(place, 'utf8')).trim();
    byCommit.set(commit, [...(byCommit.get(commit) ?? []), relative(refs, place).split(sep).join('/')]);
  }
  return byCommit;
}

/** When a file was last read or written. */
export const lastUseMs = ({ atimeMs, mtimeMs }: { atimeMs: number; mtimeMs: number }): number =>
  Math.max(atimeMs, mtimeMs);

/** Files of a snapshot by what they are on disk; links that lead nowhere are left out. */
async function filesOf(snapshot: string) {
  const entries = await readdir(snapshot, { recursive: true, withFileTypes: true });
  const files = await Promise.all(
    entries
      .filter((entry) => !entry.isDirectory())
      .map(async (entry) => {
        const place = join(entry.parentPath, entry.name);
        const facts = await stat(place).catch(() => undefined);
        if (facts === undefined) return undefined;
        const path = relative(snapshot, place).split(sep).join('/');
        return { path, size: facts.size, place, content: await realpath(place), usedMs: lastUseMs(facts) };
      }),
  );
  return files.filter((file) => file !== undefined).sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function inspectRepo(
  cacheDir: string,
  repo: string,
  evictable: ReadonlySet<string>,
  fetched: ReadonlySet<string>,
): Promise<CachedRepo> {
  const places = repoPlaces(cacheDir, repo);
  const isFetched = (content: string): boolean => fetched.has(key(repo, basename(content)));
  const refs = await refsOf(places.refs);
  const contents = new Map<string, number>();
  const revisions: CachedRevision[] = [];
  for (const commit of (await readdir(places.snapshots).catch(() => [])).filter(isCommit)) {
    const files = await filesOf(places.snapshot(commit));
    for (const { content, size } of files) contents.set(content, size);
    const bytesOf = (some: typeof files): number => some.reduce((sum, { size }) => sum + size, 0);
    revisions.push({
      commit,
      refs: (refs.get(commit) ?? []).sort(),
      files: files.map(({ path, size, place }) => ({ path, size, place })),
      bytes: bytesOf(files),
      fetchedBytes: bytesOf(files.filter(({ content }) => isFetched(content))),
      lastUsedMs: files.length === 0 ? null : Math.max(...files.map(({ usedMs }) => usedMs)),
    });
  }
  let [fetchedBytes, evictableBytes] = [0, 0];
  const unfinished: { name: string; bytes: number }[] = [];
  for (const name of await readdir(places.blobs).catch(() => [])) {
    const size = (await stat(places.blob(name)).catch(() => undefined))?.size ?? 0;
    if (name.endsWith('.incomplete')) unfinished.push({ name, bytes: size });
    else contents.set(await realpath(places.blob(name)).catch(() => name), size);
    if (isFetched(name)) fetchedBytes += size;
    if (evictable.has(key(repo, name))) evictableBytes += size;
  }
  const bytes = [...contents.values()].reduce((sum, size) => sum + size, 0);
  const unfinishedBytes = unfinished.reduce((sum, one) => sum + one.bytes, 0);
  return { repo, revisions, bytes, fetchedBytes, evictableBytes, unfinishedBytes, unfinished };
}

async function repositories(cacheDir: string): Promise<string[]> {
  const names = await readdir(cacheDir).catch(() => []);
  return names
    .filter((name) => name.startsWith(FOLDER_PREFIX))
    .map((name) => name.slice(FOLDER_PREFIX.length).replace('--', '/'))
    .filter(isRepo)
    .sort();
}

/**
 * What the cache holds of models, whoever fetched it. Goes past @huggingface/hub's scanCacheDir, which overlooks
 * subfolders, unfinished files, and repositories that have no `refs` folder.
 * @returns one entry per repository, sorted by name; [] when there is no cache
 */
export async function cacheInventory(params: { readonly cacheDir: string }): Promise<CachedRepo[]> {
  const { cacheDir } = params;
  const evictable = new Set<string>();
  for (const path of await ledgerFiles(cacheDir))
    for (const name of (await inspectLedger(path)).state.fetched.keys()) evictable.add(name);
  const { fetched } = await ownFiles(cacheDir);
  const own = new Set(fetched.keys());
  return Promise.all(
    (await repositories(cacheDir)).map((repo) => inspectRepo(cacheDir, repo, evictable, own)),
  );
}

/** A running download touches its file all the time. */
const UNFINISHED_AGE_MS = 3_600_000;

/**
 * Removes what our own downloads began and nobody has continued for an hour.
 * @returns bytes freed
 */
export async function removeUnfinished(params: {
  readonly cacheDir: string;
  readonly olderThanMs?: number;
}): Promise<number> {
  const { cacheDir, olderThanMs = UNFINISHED_AGE_MS } = params;
  let freed = 0;
  for (const repo of await repositories(cacheDir)) {
    const { blobs } = repoPlaces(cacheDir, repo);
    for (const name of await readdir(blobs).catch(() => [])) {
      const place = join(blobs, name);
      const facts = name.endsWith(PARTIAL_SUFFIX) ? await stat(place).catch(() => undefined) : undefined;
      if (facts === undefined || Date.now() - facts.mtimeMs < olderThanMs) continue;
      await rm(place, { force: true });
      freed += facts.size;
    }
  }
  return freed;
}
