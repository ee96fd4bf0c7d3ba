import { existsSync } from 'node:fs';
import { readStore } from '../database.js';
import { announcedSweeps, type FoundSweep } from './running.js';
import { scanSpool } from './scan-spool.js';

/** A checkpoint that could not be analysed. */
export interface FailedCheckpoint {
  readonly seed: number;
  readonly step: number;
  /** Of the latest failure. */
  readonly error: string;
}

/** What a database holds of one suite. */
export interface StoredSuite {
  readonly suite: string;
  /** Checkpoints with a unit that is done. */
  readonly checkpoints: number;
  readonly done: number;
  /** Checkpoints with a measure that failed, and is not done under the same configuration by now. */
  readonly failed: readonly FailedCheckpoint[];
  /** When the latest unit began, UTC. */
  readonly latest: string;
}

export interface SweepStatus {
  /** null when there is no database. */
  readonly suites: readonly StoredSuite[] | null;
  readonly spool: {
    readonly batches: number;
    readonly bytes: number;
    readonly units: number;
    /** Units that the database lacks; the next sweep, or `merge`, adds them. */
    readonly notStored: number;
    /** Batches whose manifest is wrong; files are not checked. */
    readonly damaged: number;
    readonly otherVersions: number;
  };
  readonly sweeps: readonly FoundSweep[];
}

/**
 * The state of sweeps from outside, also while they run.
 * @throws NotADatabaseError, DatabaseVersionError, DatabaseLockedError, UnreadableError
 */
export async function sweepStatus({
  db,
  spool,
}: {
  readonly db: string;
  readonly spool: string;
}): Promise<SweepStatus> {
  const { batches, damaged, otherVersions } = await scanSpool(spool, { verify: false });
  const units = new Set(batches.flatMap(({ manifest }) => manifest.units.map(({ unitId }) => unitId)));
  const stored = existsSync(db) ? await readDatabase(db) : null;
  const files = batches.flatMap(({ manifest }) => manifest.files);
  return {
    suites: stored?.suites ?? null,
    spool: {
      batches: batches.length,
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      units: units.size,
      notStored: [...units].filter((id) => stored?.units.has(id) !== true).length,
      damaged: damaged.length,
      otherVersions,
    },
    sweeps: announcedSweeps(spool),
  };
}

async function readDatabase(
  db: string,
): Promise<{ readonly suites: StoredSuite[]; readonly units: ReadonlySet<unknown> }> {
  return readStore({ db }, async (connection) => {
    const suites = await connection.runAndReadAll(
      `SELECT suite, count(DISTINCT (seed, step)) FILTER (state = 'done'), count(*) FILTER (state = 'done'),
         strftime(max(started_at), '%Y-%m-%d %H:%M:%S')
       FROM units GROUP BY suite ORDER BY suite`,
    );
    const failures = await connection.runAndReadAll(
      `SELECT f.suite, f.seed, f.step, arg_max(f.error, f.started_at)
       FROM units AS f ANTI JOIN (SELECT * FROM units WHERE state = 'done') AS d
         USING (suite, seed, step, configuration_id, measure_version)
       WHERE f.state = 'failed' GROUP BY ALL ORDER BY ALL`,
    );
    const failed = failures.getRowsJS().map(([suite, seed, step, error]) => ({
      suite,
      checkpoint: { seed: Number(seed), step: Number(step), error: textOf(error) },
    }));
    const units = await connection.runAndReadAll('SELECT unit_id FROM units');
    return {
      suites: suites.getRowsJS().map(([suite, checkpoints, done, latest]) => ({
        ...{ suite: textOf(suite), checkpoints: Number(checkpoints), done: Number(done) },
        failed: failed.filter((one) => one.suite === suite).map(({ checkpoint }) => checkpoint),
        latest: textOf(latest),
      })),
      units: new Set(units.getRowsJS().map(([id]) => id)),
    };
  });
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
