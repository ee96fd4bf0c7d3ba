import { formatBytes } from '../../config/byte-size.js';
import type { Cleanable } from '../../hub/cache/clean.js';
import type { CachedRepo } from '../../hub/cache/inventory.js';
import { plainTable } from './plain-table.js';

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** One line for each repository in the cache, and their sum. */
export function cacheTable(repos: readonly CachedRepo[]): string {
  if (repos.length === 0) return 'no models are in the cache';
  const row = (name: string, some: readonly CachedRepo[]): string[] => [
    name,
    String(sum(some.map(({ revisions }) => revisions.length))),
    formatBytes(sum(some.map(({ bytes }) => bytes))),
    formatBytes(sum(some.map(({ fetchedBytes }) => fetchedBytes))),
    formatBytes(sum(some.map(({ evictableBytes }) => evictableBytes))),
    formatBytes(sum(some.map(({ unfinishedBytes }) => unfinishedBytes))),
  ];
  return plainTable(
    ['repository', 'revisions', 'size', 'fetched by heuristrace', 'sweeps may evict', 'unfinished'],
    [...repos.map((repo) => row(repo.repo, [repo])), ...(repos.length > 1 ? [row('all', repos)] : [])],
  );
}

/** The revisions of one repository. */
export function revisionsTable({ repo, revisions, bytes, unfinished }: CachedRepo): string {
  const byName = new Intl.Collator('en', { numeric: true });
  const rows = revisions
    .map(({ commit, refs, files, bytes: own, fetchedBytes, lastUsedMs }) => [
      refs.length === 0 ? commit.slice(0, 12) : refs.join(', '),
      commit.slice(0, 12),
      String(files.length),
      formatBytes(own),
      formatBytes(fetchedBytes),
      lastUsedMs === null ? '' : new Date(lastUsedMs).toISOString().slice(0, 10),
    ])
    .sort(([a = ''], [b = '']) => byName.compare(a, b));
  return [
    `${repo}: ${formatBytes(bytes)}, what revisions share counted once`,
    ...(rows.length === 0
      ? []
      : [plainTable(['revision', 'commit', 'files', 'size', 'fetched by heuristrace', 'last used'], rows)]),
    ...unfinished.map(({ name, bytes: own }) => `unfinished: ${name}, ${formatBytes(own)}`),
  ].join('\n');
}

/** What a cleaning removed, or would, by repository; and what stays. */
export function cleanTable(outcome: {
  readonly gone: readonly Cleanable[];
  readonly stays: readonly Cleanable[];
  readonly yes: boolean;
}): string {
  const { gone, stays, yes } = outcome;
  const size = (files: readonly Cleanable[]): string => formatBytes(sum(files.map(({ bytes }) => bytes)));
  const count = (files: readonly Cleanable[]): string =>
    `${files.length} file${files.length === 1 ? '' : 's'}, ${size(files)}`;
  const repos = [...new Set(gone.map(({ repo }) => repo))];
  return [
    `${yes ? 'removed' : 'would remove'}: ${count(gone)}`,
    ...repos.map((name) => `  ${name}: ${count(gone.filter(({ repo }) => repo === name))}`),
    ...stays.map(
      ({ repo, name, bytes, keeps }) =>
        `stays: ${repo} ${name.slice(0, 12)}, ${formatBytes(bytes)}: ${keeps ?? 'another process is fetching it, or a sweep began to need it'}`,
    ),
  ].join('\n');
}
