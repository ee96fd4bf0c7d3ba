import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** Files of one revision: path with `/` -> content. */
export type Files = Readonly<Record<string, string | Buffer>>;

export interface StoredFile {
  readonly path: string;
  readonly content: Buffer;
  /** git blob sha1 of a small file, of the pointer for an LFS file. */
  readonly oid: string;
  /** sha256 of an LFS file. */
  readonly sha256: string | null;
}

export interface StandInRepo {
  readonly id: string;
  readonly access: 'public' | 'private' | 'gated';
  readonly commits: Map<string, ReadonlyMap<string, StoredFile>>;
  readonly branches: Map<string, string>;
  readonly tags: Map<string, string>;
}

/** As .gitattributes of model repositories say. */
const LFS_NAMES = /\.(safetensors|bin|pt|gz|model)$/;
const POINTER_BYTES = 130;

export const sha256 = (content: string | Buffer): string =>
  createHash('sha256').update(content).digest('hex');

/** git's name for a content: sha1 over a header and the content. */
export const gitSha1 = (content: string | Buffer): string =>
  createHash('sha1')
    .update(`blob ${Buffer.byteLength(content)}\0`)
    .update(content)
    .digest('hex');

function store(path: string, given: string | Buffer): StoredFile {
  const content = Buffer.from(given);
  if (!LFS_NAMES.test(path)) return { path, content, oid: gitSha1(content), sha256: null };
  const hash = sha256(content);
  return { path, content, oid: gitSha1(`pointer to ${hash}`), sha256: hash };
}

/** Adds a commit with these files. @returns its sha, the same for the same files */
export function addCommit(repo: StandInRepo, files: Files): string {
  const stored = new Map(Object.entries(files).map(([path, content]) => [path, store(path, content)]));
  const listing = [...stored.values()].map(({ path, oid }) => `${path} ${oid}`).sort();
  const sha = createHash('sha1')
    .update(JSON.stringify([repo.id, listing]))
    .digest('hex');
  repo.commits.set(sha, stored);
  return sha;
}

/** Commit that a branch, tag, sha or the start of a sha names. */
export function commitOf(repo: StandInRepo, revision: string): string | undefined {
  const branch = revision.replace(/^refs\/heads\//, '');
  return (
    repo.branches.get(branch === 'HEAD' ? 'main' : branch) ??
    repo.tags.get(revision) ??
    (repo.commits.has(revision) ? revision : undefined)
  );
}

/** One entry of the tree and of paths-info. */
export function treeEntry({ path, content, oid, sha256: hash }: StoredFile) {
  const size = content.length;
  return hash === null
    ? { type: 'file', oid, size, path }
    : { type: 'file', oid, size, path, lfs: { oid: hash, size, pointerSize: POINTER_BYTES } };
}

/** Tree of a commit below a folder, sorted by path; folders are entries too. */
export function treeOf(files: ReadonlyMap<string, StoredFile>, folder: string, recursive: boolean) {
  const inside = [...files.values()].filter(({ path }) => folder === '' || path.startsWith(`${folder}/`));
  const folders = new Set(
    inside.flatMap(({ path }) => {
      const parts = path.split('/').slice(0, -1);
      return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
    }),
  );
  const entries = [
    ...[...folders].map((path) => ({ type: 'directory', oid: gitSha1(`tree ${path}`), size: 0, path })),
    ...inside.map(treeEntry),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
  const depth = folder === '' ? 1 : folder.split('/').length + 1;
  return entries.filter(({ path }) => path !== folder && (recursive || path.split('/').length === depth));
}

/** Files of a folder, to be served as a revision. */
export function filesOf(folder: string): Files {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [relative(folder, path).split(sep).join('/'), readFileSync(path)];
    }),
  );
}
