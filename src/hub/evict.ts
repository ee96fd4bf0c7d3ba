import { appendFile, readdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { writeFailure } from '../files/write.js';
import { notesFolder, repoPlaces } from './cache-paths.js';
import type { Hub } from './hub.js';
import { inspectLedger, key, ledgerFiles, type FetchedBlob, type Ledger } from './ledger.js';
import { linkedBlob } from './link.js';
import { withLock } from './lock.js';

const keptFile = (cacheDir: string): string => join(notesFolder(cacheDir), 'kept');

/**
 * Notes that somebody without a budget asked for these files, so that no sweep evicts them. Needs no note where no
 * ledger is.
 * @returns whether there are sweeps that might evict
 * @throws UnwritableError, DiskFullError
 */
export async function keep(params: {
  readonly cacheDir: string;
  readonly repo: string;
  readonly blobs: readonly string[];
}): Promise<boolean> {
  const { cacheDir, repo, blobs } = params;
  if ((await ledgerFiles(cacheDir)).length === 0) return false;
  const path = keptFile(cacheDir);
  const lines = blobs.map((blob) => `${key(repo, blob)}\n`).join('');
  await appendFile(path, lines).catch((error: unknown) => writeFailure(path, error));
  return true;
}

interface Link {
  readonly commit: string;
  readonly path: string;
  readonly place: string;
}

/** All links of a repository's snapshots to one blob. */
async function linksTo(cacheDir: string, repo: string, blob: string): Promise<Link[]> {
  const places = repoPlaces(cacheDir, repo);
  const entries = await readdir(places.snapshots, { recursive: true, withFileTypes: true }).catch(() => []);
  const links: Link[] = [];
  for (const entry of entries) {
    if (!entry.isSymbolicLink()) continue;
    const place = join(entry.parentPath, entry.name);
    if ((await linkedBlob(place)) !== places.blob(blob)) continue;
    const [commit = '', ...path] = relative(places.snapshots, place).split(sep);
    links.push({ commit, path: path.join('/'), place });
  }
  return links;
}

/** Removes folders that became empty, from `folder` up to but not including `root`. @returns whether all went */
async function pruneUp(folder: string, root: string): Promise<boolean> {
  for (let at = folder; at !== root; at = dirname(at))
    if (
      !(await rmdir(at).then(
        () => true,
        () => false,
      ))
    )
      return false;
  return true;
}

/** Removes refs to a commit whose snapshot is gone: scanners call a repository corrupted that has such refs. */
async function removeRefs(cacheDir: string, repo: string, commit: string): Promise<void> {
  const { refs } = repoPlaces(cacheDir, repo);
  for (const entry of await readdir(refs, { recursive: true, withFileTypes: true }).catch(() => [])) {
    const place = join(entry.parentPath, entry.name);
    if (!entry.isFile() || (await readFile(place, 'utf8').catch(() => '')) !== commit) continue;
    await rm(place, { force: true });
    await pruneUp(dirname(place), refs);
  }
}

/** Removes links and then their blob: a link that leads nowhere would look like damage to other tools. */
export async function removeBlob(params: {
  readonly cacheDir: string;
  readonly repo: string;
  readonly blob: string;
  readonly links: readonly Link[];
}): Promise<void> {
  const { cacheDir, repo, blob, links } = params;
  const places = repoPlaces(cacheDir, repo);
  for (const { place, commit } of links) {
    await rm(place, { force: true });
    if (await pruneUp(dirname(place), places.snapshots)) await removeRefs(cacheDir, repo, commit);
  }
  await rm(places.blob(blob), { force: true });
}

/** Whether this process needs a blob again, or another live one needs or has linked it. */
async function stillNeeded(ledger: Ledger, cacheDir: string, blob: FetchedBlob, links: readonly Link[]) {
  for (const path of await ledgerFiles(cacheDir)) {
    const own = path === ledger.path;
    const { state, alive } = own ? { state: ledger.state, alive: true } : await inspectLedger(path);
    if (!alive) continue;
    for (const snapshot of state.snapshots.values())
      if (snapshot.held && snapshot.repo === blob.repo && snapshot.blobs.has(blob.blob)) return true;
    if (!own && links.some(({ commit, path: file }) => state.links.has(key(blob.repo, commit, file))))
      return true;
  }
  return false;
}

/**
 * Removes one file that this program fetched under a budget, unless it is another's by now: replaced since, linked by
 * another tool, asked for without a budget, or needed by another live process.
 * @returns bytes freed, 0 when it stays
 */
export async function evictBlob(params: {
  readonly hub: Hub;
  readonly ledger: Ledger;
  readonly blob: FetchedBlob;
  readonly signal?: AbortSignal | undefined;
}): Promise<number> {
  const { hub, ledger, blob: fetched, signal } = params;
  const { cacheDir, clock } = hub;
  const { repo, blob, size } = fetched;
  const places = repoPlaces(cacheDir, repo);
  return withLock({ path: places.lock(blob), clock, signal }, async () => {
    const facts = await stat(places.blob(blob)).catch(() => undefined);
    const same =
      facts?.ino === fetched.inode && facts.mtimeMs === fetched.mtimeMs && facts.size === fetched.size;
    const kept = (await readFile(keptFile(cacheDir), 'utf8').catch(() => '')).split('\n');
    const links = await linksTo(cacheDir, repo, blob);
    if (same && (await stillNeeded(ledger, cacheDir, fetched, links))) return 0;
    const foreign = links.some(({ commit, path }) => !ledger.state.links.has(key(repo, commit, path)));
    const ours = same && !foreign && !kept.includes(key(repo, blob));
    if (ours) await removeBlob({ cacheDir, repo, blob, links });
    await ledger.write({ event: 'evicted', repo, blob });
    return ours ? size : 0;
  });
}
