import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CacheLockedError } from '../../errors/hub-errors.js';
import { isBlobName, PARTIAL_SUFFIX, repoPlaces } from './cache-paths.js';
import type { Clock } from '../requests/clock.js';
import { linksByBlob, pruneUp, removeBlob, unkeep } from './evict.js';
import { noteAhead } from '../download/fetched-ahead.js';
import { lastUseMs, type CachedRepo } from './inventory.js';
import { key } from './ledger.js';
import { withLock } from './lock.js';
import { ownFiles } from './own-files.js';

/** What to remove of a repository. */
export interface CleanChoice {
  /** Contents: those that this program fetched, all, or none. */
  readonly contents: 'fetched' | 'all' | 'none';
  /** Files begun and not finished: our own, also those of other tools, or none. */
  readonly unfinished: 'own' | 'all' | 'none';
  /** Only what was not used since, in ms since 1970; Infinity for all. */
  readonly unusedSinceMs: number;
}

/** A file of the cache that may be removed. */
export interface Cleanable {
  readonly repo: string;
  /** In the folder of blobs. */
  readonly name: string;
  readonly bytes: number;
  /** Why it stays; null when it may go. */
  readonly keeps: 'a running sweep needs it' | 'another program uses it' | null;
}

/** Finds what of a repository a choice concerns. */
export async function findCleanable(params: {
  readonly cacheDir: string;
  readonly repo: string;
  readonly choice: CleanChoice;
}): Promise<Cleanable[]> {
  const { cacheDir, repo, choice } = params;
  const places = repoPlaces(cacheDir, repo);
  const own = await ownFiles(cacheDir);
  const links = await linksByBlob(cacheDir, repo);
  const found: Cleanable[] = [];
  for (const name of await readdir(places.blobs).catch(() => [])) {
    const unfinished = name.endsWith('.incomplete');
    const chosen = unfinished
      ? choice.unfinished === 'all' || (choice.unfinished === 'own' && name.endsWith(PARTIAL_SUFFIX))
      : choice.contents === 'all' || (choice.contents === 'fetched' && own.fetched.has(key(repo, name)));
    const facts = chosen ? await stat(places.blob(name)).catch(() => undefined) : undefined;
    if (facts === undefined || lastUseMs(facts) > choice.unusedSinceMs) continue;
    const foreign = (links.get(name) ?? []).some(
      ({ commit, path }) => !own.links.has(key(repo, commit, path)),
    );
    const keeps = own.held.has(key(repo, name))
      ? 'a running sweep needs it'
      : foreign && choice.contents === 'fetched'
        ? 'another program uses it'
        : null;
    found.push({ repo, name, bytes: facts.size, keeps });
  }
  return found;
}

/**
 * Removes files of a repository with the links to them, and what is empty then.
 * @returns what was removed, and what not, as another process is fetching it
 * @throws UnwritableError, DiskFullError when a note cannot be written
 */
export async function clean(params: {
  readonly cacheDir: string;
  readonly repo: string;
  readonly files: readonly Cleanable[];
  readonly clock: Clock;
}): Promise<{ readonly removed: readonly Cleanable[]; readonly busy: readonly Cleanable[] }> {
  const { cacheDir, repo, files, clock } = params;
  const places = repoPlaces(cacheDir, repo);
  const [removed, busy]: [Cleanable[], Cleanable[]] = [[], []];
  for (const file of files) {
    const blob = file.name.split('.')[0] ?? '';
    // Whoever fetches a file holds its lock all the time.
    const work = async (): Promise<boolean> => {
      if ((await ownFiles(cacheDir)).held.has(key(repo, file.name))) return false;
      if (file.name === blob) {
        const links = (await linksByBlob(cacheDir, repo)).get(blob) ?? [];
        await removeBlob({ cacheDir, repo, blob, links });
        await unkeep(cacheDir, repo, blob);
        await noteAhead(cacheDir, { event: 'evicted', repo, blob });
      } else await rm(places.blob(file.name), { force: true });
      return true;
    };
    const lock = { path: places.lock(isBlobName(blob) ? blob : 'other'), clock, patienceMs: 0 };
    const done = await withLock(lock, work).catch((error: unknown) => {
      if (error instanceof CacheLockedError) return false;
      throw error;
    });
    (done ? removed : busy).push(file);
  }
  for (const folder of [places.blobs, places.snapshots, places.refs, dirname(places.lock(''))])
    await rmdir(folder).catch(() => undefined);
  await pruneUp(places.root, cacheDir);
  return { removed, busy };
}

/** What is left of a repository whose contents are gone: copies in place of links, and notes of other tools. */
export async function removeRest({
  cacheDir,
  repo,
}: {
  cacheDir: string;
  repo: CachedRepo['repo'];
}): Promise<void> {
  const { root, blobs } = repoPlaces(cacheDir, repo);
  const left = await readdir(blobs).catch(() => []);
  if (left.length === 0) await rm(root, { recursive: true, force: true });
}
