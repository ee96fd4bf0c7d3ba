import { existsSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { DatabaseLockedError } from '../../errors/database-errors.js';
import type { DimensionConflictError } from '../conflict.js';
import { foldLog, readStore } from '../database.js';
import type { StepBatch } from '../encode-batch.js';
import { storedUnits, type UnitState } from '../stored-units.js';
import type { SpooledBatch } from './batch.js';
import { ingestWhatFits, type ConflictingBatch } from './ingest.js';
import { bringUpAudits, ingestAudits } from './ingest-audits.js';
import { stepFolder } from './layout.js';
import { makeSpool, openSpool } from './open-spool.js';
import { readSpool } from './read-spool.js';
import { suspectSteps } from './scan-spool.js';
import { setAside } from './set-aside.js';
import { spoolBatch } from './spool-batch.js';

/** How long one commit waits for another process that has the database open; its results are in the spool already. */
const COMMIT_WAIT_MS = 5_000;
/** Pause before a database that another process held is tried again. */
const HELD_RETRY_MS = 2_000;
/** The database is brought up to the spool at most so often: opening it costs more than what a checkpoint adds. */
const STORE_EVERY_MS = 10_000;
/** The last commit, and the first: what could not be stored before must be now. */
const LAST_WAIT_MS = 30_000;

export interface ResultStoreParams {
  readonly spool: string;
  /** null: results are spooled only, for others to merge. */
  readonly db: string | null;
  readonly programVersion: string;
  /** Longest wait for the database, milliseconds, when it must be opened; for tests. */
  readonly waitMs?: number | undefined;
  /** Least time between commits, milliseconds; for tests. */
  readonly everyMs?: number | undefined;
  /** Told once for each commit that has to wait for another process. */
  readonly onHeld?: ((error: DatabaseLockedError) => void) | undefined;
  /** Told of each batch that contradicts the database and is set aside. */
  readonly onConflict?: ((error: DimensionConflictError) => void) | undefined;
}

/** Where the results of a sweep go, and what is there. */
export interface ResultStore {
  /** How many batches of the spool were set aside: damaged ones, and those that contradict the database. */
  readonly setAside: number;
  /** What is stored of a unit: in the spool too where a batch of its step was once set aside. */
  stateOf(at: {
    readonly unitId: string;
    readonly suite: string;
    readonly step: number;
  }): UnitState | undefined;
  /**
   * Spools a checkpoint's units; then, or some seconds later with those of others, stores them. One call at a time takes
   * effect.
   * @returns whether they are stored by now; what is spooled for others to merge is
   * @throws DimensionConflictError when the database has another model under the suite's name, so that nothing can be
   *   stored; of a checkpoint that it has with other values, `flush` tells. Errors of both
   */
  add(batch: StepBatch): Promise<boolean>;
  /** Reads what is stored. */
  read<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
  /**
   * Stores what another process's hold on the database has kept out of it.
   * @param longestMs longest wait for that process, milliseconds
   * @throws DatabaseLockedError; DimensionConflictError, once, when the database had checkpoints added since it was last
   *   called with other values: these are set aside, all others are stored
   */
  flush(longestMs?: number): Promise<void>;
}

/**
 * Opens a spool and brings the database up to it. A spool for others to merge is made even if nothing is added to it.
 * @throws what `openSpool`, `ingestWhatFits` and `storedUnits` throw
 */
export async function openResults(params: ResultStoreParams): Promise<ResultStore> {
  const { db, programVersion, waitMs = LAST_WAIT_MS, everyMs = STORE_EVERY_MS, onHeld, onConflict } = params;
  if (db === null) makeSpool(params.spool);
  const spool = await openSpool(params.spool);
  const added: SpooledBatch[] = [];
  /** Of those added, what was set aside. */
  const lost = new Set<SpooledBatch>();
  let pending: SpooledBatch[] = [];
  /** Stores batches. Those that contradict the database are set aside: they would be in the way of every later sweep. */
  const store = async (
    batches: readonly SpooledBatch[],
    wait: number,
  ): Promise<readonly ConflictingBatch[]> => {
    if (db === null || batches.length === 0) return [];
    const { conflicts } = await ingestWhatFits({ db, programVersion, batches, waitMs: wait });
    for (const { batch } of conflicts) {
      setAside(spool.folder, batch.folder);
      for (const { unitId } of batch.manifest.units) spool.units.delete(unitId);
    }
    return conflicts;
  };
  let conflicts = 0;
  let stored: ReadonlyMap<string, UnitState> = spool.units;
  if (db !== null) {
    await foldLog({ db, programVersion, waitMs });
    const before = await storedUnits({ db, waitMs });
    const isMissing = ({ manifest }: SpooledBatch): boolean =>
      manifest.units.some(
        ({ unitId, state }) => !before.has(unitId) || (state === 'done' && before.get(unitId) !== 'done'),
      );
    const missing = spool.batches.filter(isMissing);
    conflicts = (await store(missing, waitMs)).length;
    await (existsSync(db) ? bringUpAudits : ingestAudits)({
      db,
      programVersion,
      waitMs,
      audits: spool.audits,
    });
    stored = missing.length === 0 ? before : await storedUnits({ db, waitMs });
  }
  const suspect = await suspectSteps(spool.folder);

  let turn: Promise<unknown> = Promise.resolve();
  /** One after the other; whoever asked is told of a failure. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  };
  let next = performance.now();
  let timer: NodeJS.Timeout | undefined;
  let contradicted: DimensionConflictError | null = null;
  const storePending = async (wait: number): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const found = await store(pending, wait);
    pending = [];
    next = performance.now() + everyMs;
    for (const { batch, error } of found) {
      onConflict?.(error);
      contradicted ??= error;
      lost.add(batch);
    }
    const fatal = found.find(({ error }) => error.table === 'suites');
    if (fatal === undefined) return;
    contradicted = null;
    throw fatal.error;
  };
  const storeUnlessHeld = async (): Promise<void> => {
    try {
      await storePending(Math.min(waitMs, COMMIT_WAIT_MS));
    } catch (error) {
      if (!(error instanceof DatabaseLockedError)) throw error;
      onHeld?.(error);
      storeLater(HELD_RETRY_MS);
    }
  };
  let failedLater: { readonly error: unknown } | null = null;
  const storeLater = (ms: number): void => {
    timer ??= setTimeout(() => {
      inTurn(storeUnlessHeld).catch((error: unknown) => {
        failedLater ??= { error };
      });
    }, ms).unref();
  };
  const tellFailure = (): void => {
    const failure = failedLater;
    failedLater = null;
    if (failure !== null) throw failure.error;
  };
  const add = async (batch: StepBatch): Promise<boolean> => {
    const spooled = await spoolBatch({ spool, batch, programVersion });
    if (spooled !== null) {
      added.push(spooled);
      pending.push(spooled);
      if (performance.now() >= next) await storeUnlessHeld();
      else storeLater(next - performance.now());
    }
    tellFailure();
    if (spooled === null || lost.has(spooled)) return false;
    return db === null || !pending.includes(spooled);
  };
  return {
    setAside: spool.damaged.length + conflicts,
    stateOf: ({ unitId, suite, step }) => {
      const isSuspect = !spool.units.has(unitId) && suspect.has(stepFolder(spool.folder, { suite, step }));
      return isSuspect ? undefined : stored.get(unitId);
    },
    add: (batch) => inTurn(() => add(batch)),
    read: (use) => (db === null ? readSpool([...spool.batches, ...added], use) : readStore({ db }, use)),
    flush: (longestMs = waitMs) =>
      inTurn(async () => {
        await storePending(longestMs);
        tellFailure();
        const conflict = contradicted;
        contradicted = null;
        if (conflict !== null) throw conflict;
      }),
  };
}
