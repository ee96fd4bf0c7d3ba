import { stat } from 'node:fs/promises';
import { InterruptedError } from '../../errors/errors.js';
import { DiskBudgetError } from '../../errors/hub-errors.js';
import { repoPlaces } from './cache-paths.js';
import { evictBlob } from './evict.js';
import type { Hub } from '../hub.js';
import { openLedger, type FetchedBlob, type Ledger } from './ledger.js';
import type { HubFile } from '../listing/list-files.js';

interface SnapshotName {
  readonly repo: string;
  readonly commit: string;
}

/** Room set aside for files that are being fetched. */
export interface Reservation {
  /** Bytes not yet used. */
  left: number;
  /** Gives back what was not used. */
  readonly end: () => void;
}

/** Keeps what this program fetched into a cache within a number of bytes; never touches what others put there. */
export interface CacheBudget {
  /** Bytes that may be used; Infinity only keeps account. */
  readonly limitBytes: number;
  /** Bytes in the cache that this program fetched under a budget and may evict one day. */
  readonly usedBytes: () => number;
  /**
   * Makes room, evicting released snapshots from the oldest on. When the rest is still needed: waits for a release, or
   * refuses, as it does where all that it could wait for are others that wait too.
   * @throws DiskBudgetError when it cannot fit, InterruptedError
   */
  readonly reserve: (
    bytes: number,
    options?: {
      readonly whenFull?: 'wait' | 'refuse';
      readonly signal?: AbortSignal | undefined;
      /** What the room is for: held already, but done with by nobody until there is room. */
      readonly asking?: SnapshotName;
    },
  ) => Promise<Reservation>;
  /** Says that the files of a snapshot are needed until it is released; before looking whether they are there. */
  readonly hold: (snapshot: SnapshotName & { readonly files: readonly HubFile[] }) => Promise<void>;
  /** Notes a file about to be renamed into the cache from `partial`. */
  readonly record: (
    file: { readonly repo: string; readonly blob: string; readonly partial: string },
    reservation: Reservation,
  ) => Promise<void>;
  /** Notes a link about to be put into a snapshot. */
  readonly linked: (link: SnapshotName & { readonly path: string }) => Promise<void>;
  /** Says that a snapshot is done with. It stays until its room is needed. */
  readonly release: (snapshot: SnapshotName) => Promise<void>;
  /** Ends the account; what is left may be evicted by the next sweep. */
  readonly close: () => Promise<void>;
}

/** Files of released snapshots, oldest first, that no snapshot still held shares. */
function evictable({ state }: Ledger): FetchedBlob[] {
  const snapshots = [...state.snapshots.values()];
  const held = new Set(
    snapshots
      .filter((one) => one.held)
      .flatMap(({ repo, blobs }) => [...blobs].map((blob) => `${repo} ${blob}`)),
  );
  const names = snapshots.flatMap(({ repo, blobs }) => [...blobs].map((blob) => `${repo} ${blob}`));
  return [...new Set(names)]
    .filter((name) => !held.has(name))
    .map((name) => state.fetched.get(name))
    .filter((blob) => blob !== undefined);
}

/**
 * Opens the account of this process in the Hub's cache, a ledger that survives crashes.
 * @param params.limitBytes `--disk-budget`; Infinity without one
 * @throws UnwritableError, DiskFullError
 */
export async function openBudget(params: {
  readonly hub: Hub;
  readonly limitBytes: number;
}): Promise<CacheBudget> {
  const { hub, limitBytes } = params;
  const ledger = await openLedger(hub.cacheDir);
  const reservations = new Set<Reservation>();
  let waiters: (() => void)[] = [];
  const wake = (): void => {
    for (const resume of waiters) resume();
    waiters = [];
  };
  const usedBytes = (): number => [...ledger.state.fetched.values()].reduce((sum, { size }) => sum + size, 0);
  const freeOf = (): number =>
    limitBytes - usedBytes() - [...reservations].reduce((sum, { left }) => sum + left, 0);
  const nextRelease = (signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const stop = (): void => reject(new InterruptedError());
      if (signal?.aborted === true) stop();
      signal?.addEventListener('abort', stop, { once: true });
      waiters.push(() => {
        signal?.removeEventListener('abort', stop);
        resolve();
      });
    });

  const asking = new Set<string>();
  const nameOf = ({ repo, commit }: SnapshotName): string => `${repo} ${commit}`;
  const makeRoom = async (
    bytes: number,
    whenFull: 'wait' | 'refuse',
    signal: AbortSignal | undefined,
  ): Promise<void> => {
    while (bytes > 0) {
      for (const blob of bytes > freeOf() ? evictable(ledger) : []) {
        await evictBlob({ hub, ledger, blob, signal });
        if (bytes <= freeOf()) break;
      }
      // No await between this look and the reservation: nobody else can take the room.
      if (bytes <= freeOf()) break;
      const snapshots = [...ledger.state.snapshots.values()];
      const inUse = reservations.size > 0 || snapshots.some((one) => one.held && !asking.has(nameOf(one)));
      if (whenFull === 'refuse' || !inUse)
        throw new DiskBudgetError('budget', bytes, Math.max(0, freeOf()), hub.cacheDir);
      await nextRelease(signal);
    }
  };

  const reserve: CacheBudget['reserve'] = async (bytes, { whenFull = 'wait', signal, asking: own } = {}) => {
    if (bytes > limitBytes) throw new DiskBudgetError('budget', bytes, limitBytes, hub.cacheDir);
    if (own !== undefined) {
      asking.add(nameOf(own));
      wake(); // those that wait for it would wait for ever
    }
    try {
      await makeRoom(bytes, whenFull, signal);
    } finally {
      if (own !== undefined) asking.delete(nameOf(own));
    }
    const reservation: Reservation = {
      left: bytes,
      end: () => {
        reservations.delete(reservation);
        wake();
      },
    };
    reservations.add(reservation);
    return reservation;
  };

  return {
    limitBytes,
    usedBytes,
    reserve,
    hold: ({ repo, commit, files }) =>
      ledger.write({ event: 'held', repo, commit, blobs: files.map(({ blob }) => blob) }),
    record: async ({ repo, blob, partial }, reservation) => {
      const { ino: inode, mtimeMs, size } = await stat(partial);
      await ledger.write({ event: 'fetched', repo, blob, size, inode, mtimeMs });
      reservation.left = Math.max(0, reservation.left - size);
    },
    linked: async ({ repo, commit, path }) => {
      const exists = await stat(repoPlaces(hub.cacheDir, repo).file(commit, path)).catch(() => undefined);
      // A link that is there already may be another tool's.
      if (exists === undefined) await ledger.write({ event: 'linked', repo, commit, path });
    },
    release: async ({ repo, commit }) => {
      await ledger.write({ event: 'released', repo, commit });
      wake();
    },
    close: () => ledger.close(),
  };
}
