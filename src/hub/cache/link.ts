import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readFile, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { writeFailure } from '../../files/write.js';
import { isCommit, notesFolder, repoPlaces } from './cache-paths.js';

/** Creates something beside the repositories and renames it into place, so that no scanner sees it half made. */
async function placeWhole(params: {
  readonly cacheDir: string;
  readonly place: string;
  readonly make: (path: string) => Promise<void>;
}): Promise<void> {
  const { cacheDir, place, make } = params;
  const made = join(notesFolder(cacheDir), randomUUID());
  try {
    await mkdir(dirname(made), { recursive: true });
    await mkdir(dirname(place), { recursive: true });
    await make(made);
    await rename(made, place);
  } catch (error) {
    await rm(made, { force: true }).catch(() => undefined);
    writeFailure(place, error);
  }
}

/** Path of the blob that a snapshot's link leads to; undefined when there is no link. */
export async function linkedBlob(place: string): Promise<string | undefined> {
  const target = await readlink(place).catch(() => undefined);
  return target === undefined ? undefined : resolve(dirname(place), target);
}

/** Whether a snapshot's file is there, in whatever way, with this many bytes. */
export async function isPresent(place: string, size: number): Promise<boolean> {
  const facts = await stat(place).catch(() => undefined);
  return facts?.isFile() === true && facts.size === size;
}

/**
 * Puts a blob into a snapshot: a relative link, as Python makes it, so that the cache may be moved.
 * @throws UnwritableError, DiskFullError
 */
export async function linkIntoSnapshot(params: {
  readonly cacheDir: string;
  readonly repo: string;
  readonly commit: string;
  readonly path: string;
  readonly blob: string;
}): Promise<string> {
  const { cacheDir, repo, commit, path, blob } = params;
  const places = repoPlaces(cacheDir, repo);
  const place = places.file(commit, path);
  if ((await linkedBlob(place)) === places.blob(blob)) return place;
  await placeWhole({
    cacheDir,
    place,
    make: (made) => symlink(relative(dirname(place), places.blob(blob)), made),
  });
  return place;
}

/**
 * Remembers which commit a branch or tag named, as Python does. Only for a commit whose snapshot is there: cache
 * scanners call a repository corrupted when a ref leads nowhere.
 * @throws UnwritableError, DiskFullError
 */
export async function writeRef(params: {
  readonly cacheDir: string;
  readonly repo: string;
  readonly revision: string;
  readonly commit: string;
}): Promise<void> {
  const { cacheDir, repo, revision, commit } = params;
  if (isCommit(revision)) return;
  const places = repoPlaces(cacheDir, repo);
  const place = places.ref(revision);
  const known = await readFile(place, 'utf8').catch(() => undefined);
  const present = await lstat(places.snapshot(commit)).catch(() => undefined);
  if (known === commit || present === undefined) return;
  await placeWhole({ cacheDir, place, make: (made) => writeFile(made, commit) });
}
