import { isUnchanged } from './evict.js';
import { readAhead } from '../download/fetched-ahead.js';
import { inspectLedger, ledgerFiles, type FetchedBlob, type LedgerState } from './ledger.js';

/** What this program fetched into a cache, and what of it running sweeps need. */
export interface OwnFiles {
  /** `repo blob` -> the file, where it is still the one that was fetched. */
  readonly fetched: ReadonlyMap<string, FetchedBlob>;
  /** `repo commit path` of links that this program made. */
  readonly links: ReadonlySet<string>;
  /** `repo blob` of what processes that run now hold. */
  readonly held: ReadonlySet<string>;
}

/** Reads the notes of all sweeps, and of what was fetched ahead of them. */
export async function ownFiles(cacheDir: string): Promise<OwnFiles> {
  const states: LedgerState[] = [await readAhead(cacheDir)];
  const held = new Set<string>();
  for (const path of await ledgerFiles(cacheDir)) {
    const { state, alive } = await inspectLedger(path);
    states.push(state);
    for (const snapshot of alive ? state.snapshots.values() : [])
      if (snapshot.held) for (const blob of snapshot.blobs) held.add(`${snapshot.repo} ${blob}`);
  }
  const fetched = new Map<string, FetchedBlob>();
  for (const [name, blob] of states.flatMap((state) => [...state.fetched]))
    if (await isUnchanged(cacheDir, blob)) fetched.set(name, blob);
  return { fetched, links: new Set(states.flatMap((state) => [...state.links])), held };
}
