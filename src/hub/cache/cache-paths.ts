import { join } from 'node:path';
import { UsageError } from '../../errors/errors.js';
import { HubNetworkError } from '../../errors/hub-errors.js';

/** The Hugging Face cache: `models--owner--name/{blobs,refs,snapshots/<commit>/<path>}`, and `.locks` beside. */
export const FOLDER_PREFIX = 'models--';

const COMMIT = /^[0-9a-f]{40}$/;
/** git sha1 of a small file, sha256 of an LFS file. */
const BLOB = /^([0-9a-f]{40}|[0-9a-f]{64})$/;
const NAME = /^[A-Za-z0-9_](?:[\w.-]{0,94}[\w])?$/;

export const isCommit = (text: string): boolean => COMMIT.test(text);
export const isBlobName = (text: string): boolean => BLOB.test(text);

/** Whether a path stays inside the folder that it is joined to, on every system. */
function isInside(path: string): boolean {
  return (
    path !== '' &&
    path.length <= 1024 &&
    // No separator of Windows, no drive, no NUL.
    !/[\\:\0]/.test(path) &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}

/** Whether a name is `owner/name` or `name` as the Hub allows. */
export function isRepo(repo: string): boolean {
  const parts = repo.split('/');
  return (
    parts.length <= 2 &&
    parts.every((part) => NAME.test(part)) &&
    !repo.includes('--') &&
    !repo.includes('..')
  );
}

/** @throws UsageError when it is not the name of a repository */
export function checkRepo(repo: string): string {
  if (!isRepo(repo))
    throw new UsageError(
      `'${repo}' is not the name of a repository`,
      'Give owner/name, as its page shows it.',
    );
  return repo;
}

/** @throws UsageError when it cannot name a branch, tag or commit */
export function checkRevision(revision: string): string {
  if (!isInside(revision) || revision.includes('..'))
    throw new UsageError(
      `'${revision}' cannot be a revision`,
      'Give the name of a branch or tag, or a commit sha.',
    );
  return revision;
}

/** @throws RangeError when it is not a full commit sha: branches move, so nothing is read by their name */
export function checkCommit(commit: string): string {
  if (!isCommit(commit)) throw new RangeError(`'${commit}' is not a full commit sha`);
  return commit;
}

/** @throws HubNetworkError when a listed path would leave the snapshot's folder */
export function checkFilePath(path: string, repo: string): string {
  if (!isInside(path))
    throw new HubNetworkError(repo, `lists a file with an unsafe path: ${JSON.stringify(path)}`, 1);
  return path;
}

/** Where the parts of one repository lie in a cache. */
export function repoPlaces(cacheDir: string, repo: string) {
  const folder = `${FOLDER_PREFIX}${checkRepo(repo).replace('/', '--')}`;
  const root = join(cacheDir, folder);
  const locks = join(cacheDir, '.locks', folder);
  return {
    root,
    blobs: join(root, 'blobs'),
    refs: join(root, 'refs'),
    snapshots: join(root, 'snapshots'),
    blob: (name: string) => join(root, 'blobs', name),
    /** Not Python's `.incomplete`, which another process may be writing. */
    partial: (name: string) => join(root, 'blobs', `${name}${PARTIAL_SUFFIX}`),
    ref: (revision: string) => join(root, 'refs', ...checkRevision(revision).split('/')),
    snapshot: (commit: string) => join(root, 'snapshots', checkCommit(commit)),
    file: (commit: string, path: string) =>
      join(root, 'snapshots', checkCommit(commit), ...checkFilePath(path, repo).split('/')),
    /** Python locks `<blob>.lock` with flock, which Node cannot; the two tools meet in atomic renames only. */
    lock: (name: string) => join(locks, `${name}.heuristrace.lock`),
  };
}

export const PARTIAL_SUFFIX = '.heuristrace.incomplete';

/** Our own notes; inside `.locks`, the one folder that all cache scanners pass over without a warning. */
export const notesFolder = (cacheDir: string): string => join(cacheDir, '.locks', 'heuristrace');
