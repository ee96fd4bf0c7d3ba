import { appendFile, readdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { writeFailure } from '../../files/write.js';
import { notesFolder, repoPlaces } from './cache-paths.js';
import type { Hub } from '../hub.js';
import { inspectLedger, key, ledgerFiles, type FetchedBlob, type Ledger } from './ledger.js';
import { linkedBlob } from './link.js';
import { withLock } from './lock.js';

const keptFile = (cacheDir: string): string => join(notesFolder(cacheDir), 'kept');
/** Takes back the note behind it. */
const UNKEPT = '-';

/** Whether somebody without a budget asked for a file, and it was not cleaned away since. */
async function isKept(cacheDir: string, name: string): Promise<boolean> {
  const lines = (await readFile(keptFile(cacheDir), 'utf8').catch(() => '')).split('\n');
  return lines.lastIndexOf(name) > lines.lastIndexOf(UNKEPT + name);
}

async function noteKept(cacheDir: string, lines: readonly string[]): Promise<boolean> {
  if ((await ledgerFiles(cacheDir)).length === 0) return false;
  const path = keptFile(cacheDir);
  await appendFile(path, lines.map((line) => `${line}\n`).join('')).catch((error: unknown) =>
    writeFailure(path, error),
  );
  return true;
}

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
  return noteKept(
    cacheDir,
    blobs.map((blob) => key(repo, blob)),
  );
}

/** Notes that a file was cleaned away: should a sweep fetch it again, it may evict it. */
export async function unkeep(cacheDir: string, repo: string, blob: string): Promise<void> {
  if (await isKept(cacheDir, key(repo, blob))) await noteKept(cacheDir, [UNKEPT + key(repo, blob)]);
}

/** A link of a snapshot to a blob. */
export interface Link {
  readonly commit: string;
  readonly path: string;
  readonly place: string;
}

/** All links of a repository's snapshots, by the blob that they lead to. */
export async function linksByBlob(cacheDir: string, repo: string): Promise<Map<string, Link[]>> {
  const places = repoPlaces(cacheDir, repo);
  const entries = await readdir(places.snapshots, { recursive: true, withFileTypes: true }).catch(() => []);
  const links = new Map<string, Link[]>();
  for (const entry of entries) {
    if (!entry.isSymbolicLink()) continue;
    const place = join(entry.parentPath, entry.name);
    const blob = basename((await linkedBlob(place)) ?? '');
    if ((await linkedBlob(place)) !== places.blob(blob)) continue;
    const [commit = '', ...path] = relative(places.snapshots, place).split(sep);
    links.set(blob, [...(links.get(blob) ?? []), { commit, path: path.join('/'), place }]);
  }
  return links;
}

/** Whether a file is still the one that was fetched: others may have put theirs in its place since. */
export async function isUnchanged(cacheDir: string, fetched: FetchedBlob): Promise<boolean> {
  const { repo, blob, inode, mtimeMs, size } = fetched;
  const facts = await stat(repoPlaces(cacheDir, repo).blob(blob)).catch(() => undefined);
  return facts?.ino === inode && facts.mtimeMs === mtimeMs && facts.size === size;
}

/** Removes folders that became empty, from `folder` up to but not including `root`. @returns whether all went */
export async function pruneUp(folder: string, root: string): Promise<boolean> {
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
  return withLock({ path: repoPlaces(cacheDir, repo).lock(blob), clock, signal }, async () => {
    const same = await isUnchanged(cacheDir, fetched);
    const links = (await linksByBlob(cacheDir, repo)).get(blob) ?? [];
    if (same && (await stillNeeded(ledger, cacheDir, fetched, links))) return 0;
    const foreign = links.some(({ commit, path }) => !ledger.state.links.has(key(repo, commit, path)));
    const ours = same && !foreign && !(await isKept(cacheDir, key(repo, blob)));
    if (ours) await removeBlob({ cacheDir, repo, blob, links });
    await ledger.write({ event: 'evicted', repo, blob });
    return ours ? size : 0;
  });
}
