import { appendFile, mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFailure } from '../../files/write.js';
import type { CacheBudget } from '../cache/budget.js';
import { notesFolder, repoPlaces } from '../cache/cache-paths.js';
import { keep } from '../cache/evict.js';
import type { Hub } from '../hub.js';
import { readLedger, type LedgerLine, type LedgerState } from '../cache/ledger.js';

const notesFile = (cacheDir: string): string => join(notesFolder(cacheDir), 'ahead');

/** What was fetched ahead of sweeps, as far as it was not cleaned away since. */
export async function readAhead(cacheDir: string): Promise<LedgerState> {
  return readLedger(await readFile(notesFile(cacheDir), 'utf8').catch(() => ''));
}

/** Adds a line to the notes of what was fetched ahead. @throws UnwritableError, DiskFullError */
export async function noteAhead(cacheDir: string, line: LedgerLine): Promise<void> {
  const path = notesFile(cacheDir);
  try {
    await mkdir(dirname(path), { recursive: true });
    await appendFile(path, `${JSON.stringify(line)}\n`);
  } catch (error) {
    writeFailure(path, error);
  }
}

/**
 * Account for files fetched ahead of a sweep: no limit, and no sweep ever evicts them, but notes tell them from what
 * other tools fetched, so that they can be cleaned away.
 */
export function aheadAccount({ hub }: { readonly hub: Hub }): CacheBudget {
  const { cacheDir } = hub;
  return {
    limitBytes: Infinity,
    usedBytes: () => 0,
    reserve: (bytes) => Promise.resolve({ left: bytes, end: () => undefined }),
    hold: async ({ repo, files }) => {
      await keep({ cacheDir, repo, blobs: files.map(({ blob }) => blob) });
    },
    record: async ({ repo, blob, partial }) => {
      const { ino: inode, mtimeMs, size } = await stat(partial);
      await noteAhead(cacheDir, { event: 'fetched', repo, blob, size, inode, mtimeMs });
    },
    linked: async ({ repo, commit, path }) => {
      const known = await stat(repoPlaces(cacheDir, repo).file(commit, path)).catch(() => undefined);
      if (known === undefined) await noteAhead(cacheDir, { event: 'linked', repo, commit, path });
    },
    release: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
