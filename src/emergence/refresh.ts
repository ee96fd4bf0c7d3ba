import { access, constants } from 'node:fs/promises';
import { InterruptedError, UnwritableError } from '../errors/errors.js';
import type { WriteParams } from '../store/database.js';
import { replaceDerived, type DerivedRows } from '../store/replace-derived.js';
import { askRecords, type Row } from '../queries/records.js';
import { maybeNumberAt, numberAt, textAt } from './cells.js';
import { correlationRows } from './correlation-rows.js';
import { ADJUSTMENT, judgeSuite, permutationsFor, type JudgeSettings } from './judge-suite.js';
import { lagPairs, lagRows } from './lag-rows.js';
import { overSeedsRows } from './over-seeds-rows.js';
import { suiteTrajectories } from './trajectories.js';
import { levelRows, modelRows, timeRows, verdictRow } from './verdict-rows.js';

/** Raised when the code changes what it concludes from the same results. */
const VERSION = 1;

export const DEFAULT_SETTINGS: JudgeSettings = { samples: 1000, permutations: null, seed: 0 };

export interface RefreshParams extends WriteParams {
  /** Suite to judge; default: every one. */
  readonly suite?: string | undefined;
  /** Default: those that the stored verdicts were computed with, else `DEFAULT_SETTINGS`. */
  readonly settings?: JudgeSettings | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((at: { suite: string; done: number; of: number }) => void) | undefined;
}

/** What became of the verdicts of one suite. */
export interface Refreshed {
  readonly suite: string;
  /** Trajectories judged. */
  readonly trajectories: number;
  /** False: the stored verdicts are those of the database as it is. */
  readonly computed: boolean;
  readonly seconds: number;
}

/**
 * Judges how accuracy and heuristics emerge (method section 10) and stores the verdicts, suite by suite; those that were
 * computed from the same results with the same settings are left. The database is open for moments only.
 * @throws InterruptedError when told to stop: suites that are finished are stored
 * @throws UnknownNameError for a suite that the database has not; what `runQuery` and `replaceDerived` throw
 */
export async function refreshEmergence(params: RefreshParams): Promise<Refreshed[]> {
  const refreshed: Refreshed[] = [];
  for (const state of await askRecords(params.db, 'emergence-state', { suite: params.suite ?? null }))
    refreshed.push(await refreshSuite(params, state));
  return refreshed;
}

/** Settings to judge with, and whether the stored verdicts were computed with them from the present results. */
function wanted(
  state: Row,
  given: JudgeSettings | undefined,
): { settings: JudgeSettings; isCurrent: boolean } {
  const trajectories = maybeNumberAt(state, 'trajectories');
  if (trajectories === null) return { settings: given ?? DEFAULT_SETTINGS, isCurrent: false };
  const permutations = numberAt(state, 'permutations');
  const automatic = permutations === permutationsFor(DEFAULT_SETTINGS, trajectories);
  const stored = {
    samples: numberAt(state, 'samples'),
    permutations: automatic ? null : permutations,
    seed: numberAt(state, 'random_seed'),
  };
  const settings = given ?? stored;
  const same =
    settings.samples === stored.samples &&
    settings.seed === stored.seed &&
    permutationsFor(settings, trajectories) === permutations;
  return { settings, isCurrent: same && state['current'] === true && state['version'] === VERSION };
}

async function refreshSuite(params: RefreshParams, state: Row): Promise<Refreshed> {
  const suite = textAt(state, 'suite');
  const { settings, isCurrent } = wanted(state, params.settings);
  if (isCurrent) return { suite, trajectories: numberAt(state, 'trajectories'), computed: false, seconds: 0 };
  // Else minutes of work would end in the same error.
  await access(params.db, constants.W_OK).catch(() => {
    throw new UnwritableError(params.db, 'its permissions allow reading only');
  });
  const started = performance.now();
  const rows = await judged(params, suite, settings);
  const seconds = (performance.now() - started) / 1000;
  const { db, programVersion, waitMs } = params;
  const trajectories = rows.emergence.length;
  const run = {
    suite,
    inputs_hash: textAt(state, 'inputs_hash'),
    units: numberAt(state, 'units'),
    trajectories,
    samples: settings.samples,
    permutations: permutationsFor(settings, trajectories),
    random_seed: settings.seed,
    adjustment: ADJUSTMENT,
    version: VERSION,
    program_version: programVersion,
    computed_at: new Date(),
    seconds,
  } as const;
  await replaceDerived({ db, programVersion, waitMs, suite, rows: { ...rows, emergence_runs: [run] } });
  return { suite, trajectories, computed: true, seconds };
}

/** All rows but that of the run. */
async function judged(
  { db, signal, onProgress }: RefreshParams,
  suite: string,
  settings: JudgeSettings,
): Promise<Omit<DerivedRows, 'emergence_runs'>> {
  const trajectories = await suiteTrajectories(db, suite);
  const found = await judgeSuite(trajectories, settings, {
    signal,
    onDone: (done, of) => onProgress?.({ suite, done, of }),
  });
  const pairs = lagPairs(found);
  const { seed } = settings;
  const permutations = permutationsFor(settings, trajectories.length);
  const onPair = async (): Promise<void> => {
    await new Promise((resume) => setImmediate(resume));
    if (signal?.aborted === true) throw new InterruptedError();
  };
  return {
    emergence: found.map((one) => verdictRow(suite, one)),
    emergence_times: found.flatMap((one) => timeRows(suite, one)),
    emergence_models: found.flatMap((one) => modelRows(suite, one)),
    emergence_levels: found.flatMap((one) => levelRows(suite, one)),
    emergence_lags: await lagRows({ suite, pairs, permutations, seed, onPair }),
    emergence_correlations: correlationRows({ suite, trajectories, permutations, seed }),
    emergence_over_seeds: overSeedsRows(suite, found, pairs),
  };
}
