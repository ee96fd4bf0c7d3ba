import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFailure } from '../../files/write.js';
import { notesFolder } from './cache-paths.js';
import { isRunning, PROCESS_ID, thisProcess, type ProcessId } from '../../files/process-id.js';

/** A file brought by a process with a budget. Inode, time and size tell it from one that others put there since. */
const FETCHED = z.object({
  event: z.literal('fetched'),
  repo: z.string(),
  blob: z.string(),
  size: z.number(),
  inode: z.number(),
  mtimeMs: z.number(),
});
const SNAPSHOT = { repo: z.string(), commit: z.string() };
const LINE = z.discriminatedUnion('event', [
  z.object({ event: z.literal('owner'), process: PROCESS_ID }),
  FETCHED,
  /** The process needs these files from now on, whoever fetched them. */
  z.object({ event: z.literal('held'), ...SNAPSHOT, blobs: z.array(z.string()) }),
  /** The process put this link into a snapshot. */
  z.object({ event: z.literal('linked'), ...SNAPSHOT, path: z.string() }),
  z.object({ event: z.literal('released'), ...SNAPSHOT }),
  /** The file is gone, or turned out to be no longer this process's own. */
  z.object({ event: z.literal('evicted'), repo: z.string(), blob: z.string() }),
  z.object({ event: z.literal('closed') }),
]);

export type LedgerLine = z.infer<typeof LINE>;
export type FetchedBlob = z.infer<typeof FETCHED>;

/** What the lines of a ledger amount to. */
export interface LedgerState {
  owner: ProcessId | undefined;
  closed: boolean;
  /** `repo blob` -> the file fetched. */
  readonly fetched: Map<string, FetchedBlob>;
  /** `repo commit` -> blobs, in order of first need. */
  readonly snapshots: Map<
    string,
    { readonly repo: string; readonly commit: string; blobs: Set<string>; held: boolean }
  >;
  /** `repo commit path` of links made. */
  readonly links: Set<string>;
}

export const key = (...parts: readonly string[]): string => parts.join(' ');

/** Takes one line into a ledger's state. */
export function applyLine(state: LedgerState, line: LedgerLine): void {
  switch (line.event) {
    case 'owner':
      state.owner = line.process;
      break;
    case 'fetched':
      state.fetched.set(key(line.repo, line.blob), line);
      break;
    case 'held': {
      const { repo, commit, blobs } = line;
      const known = state.snapshots.get(key(repo, commit));
      // Taken out first, so that what was needed last is evicted last.
      state.snapshots.delete(key(repo, commit));
      const all = new Set([...(known?.blobs ?? []), ...blobs]);
      state.snapshots.set(key(repo, commit), { repo, commit, blobs: all, held: true });
      break;
    }
    case 'linked':
      state.links.add(key(line.repo, line.commit, line.path));
      break;
    case 'released': {
      const snapshot = state.snapshots.get(key(line.repo, line.commit));
      if (snapshot !== undefined) snapshot.held = false;
      break;
    }
    case 'evicted':
      state.fetched.delete(key(line.repo, line.blob));
      break;
    case 'closed':
      state.closed = true;
      break;
  }
}

/** State of a ledger's text; a line torn by a crash is passed over. */
export function readLedger(text: string): LedgerState {
  const state: LedgerState = {
    owner: undefined,
    closed: false,
    fetched: new Map(),
    snapshots: new Map(),
    links: new Set(),
  };
  for (const line of text.split('\n')) {
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      continue;
    }
    const { success, data } = LINE.safeParse(json);
    if (success) applyLine(state, data);
  }
  return state;
}

const SUFFIX = '.ledger';
/** Ledgers of other machines count as alive for so long after their last sign. */
const SILENCE_MS = 10 * 60_000;
const HEARTBEAT_MS = 60_000;

/** Names of all ledgers in a cache. */
export async function ledgerFiles(cacheDir: string): Promise<string[]> {
  const names = await readdir(notesFolder(cacheDir)).catch(() => []);
  return names.filter((name) => name.endsWith(SUFFIX)).map((name) => join(notesFolder(cacheDir), name));
}

/** Reads a ledger and tells whether its process runs. */
export async function inspectLedger(path: string): Promise<{ state: LedgerState; alive: boolean }> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const state = readLedger(text);
  if (state.closed) return { state, alive: false };
  const running = state.owner === undefined ? null : isRunning(state.owner);
  const mtimeMs = (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
  return { state, alive: running ?? Date.now() - mtimeMs < SILENCE_MS };
}

/** The ledger of this process: a file that only grows, one line at a time, so that a crash loses nothing. */
export interface Ledger {
  readonly path: string;
  readonly state: LedgerState;
  readonly write: (line: LedgerLine) => Promise<void>;
  /** Leaves the ledger to whoever comes next. */
  readonly close: () => Promise<void>;
}

/** Lines that give the same state again, with nothing held. */
function restate(state: LedgerState): LedgerLine[] {
  const links = [...state.links].map((link): LedgerLine => {
    const [repo = '', commit = '', ...path] = link.split(' ');
    return { event: 'linked', repo, commit, path: path.join(' ') };
  });
  const snapshots = [...state.snapshots.values()].flatMap(({ repo, commit, blobs }): LedgerLine[] => [
    { event: 'held', repo, commit, blobs: [...blobs] },
    { event: 'released', repo, commit },
  ]);
  return [...state.fetched.values(), ...links, ...snapshots];
}

/**
 * Opens this process's ledger in a cache and takes over those of processes that are gone: what an interrupted sweep
 * fetched may be evicted by the next one.
 * @throws UnwritableError, DiskFullError
 */
export async function openLedger(cacheDir: string): Promise<Ledger> {
  const folder = notesFolder(cacheDir);
  const path = join(folder, `${process.pid}-${randomUUID()}${SUFFIX}`);
  const state = readLedger('');
  const write = async (line: LedgerLine): Promise<void> => {
    await appendFile(path, `${JSON.stringify(line)}\n`).catch((error: unknown) => writeFailure(path, error));
    applyLine(state, line);
  };
  await mkdir(folder, { recursive: true }).catch((error: unknown) => writeFailure(folder, error));
  await write({ event: 'owner', process: thisProcess() });
  for (const other of await ledgerFiles(cacheDir)) {
    if (other === path || (await inspectLedger(other)).alive) continue;
    // The rename gives a dead ledger to one process only.
    const taken = `${other}.${randomUUID()}`;
    if (
      !(await rename(other, taken).then(
        () => true,
        () => false,
      ))
    )
      continue;
    for (const line of restate((await inspectLedger(taken)).state)) await write(line);
    await rm(taken, { force: true });
  }
  const heartbeat = setInterval(() => {
    utimes(path, new Date(), new Date()).catch(() => undefined);
  }, HEARTBEAT_MS).unref();
  return {
    path,
    state,
    write,
    close: async () => {
      clearInterval(heartbeat);
      if (state.fetched.size === 0) await rm(path, { force: true });
      else await write({ event: 'closed' });
    },
  };
}
