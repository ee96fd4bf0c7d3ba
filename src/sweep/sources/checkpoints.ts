import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installedRuns, isHubSuite, type LocalSuite, type Suite } from '../../config/find-suite.js';
import { selectSteps } from '../../config/step-selection.js';
import type { SweepConfig } from '../../config/sweep-fields.js';
import { seed as asSeed, step as asStep, type Seed, type Step } from '../../domain/ids.js';
import { ChecksumError, MissingCheckpointError } from '../../errors/checkpoint-errors.js';
import { UnknownNameError, UsageError } from '../../errors/errors.js';
import { arithmeticTokens, type ArithmeticTokens } from '../../tokenizer/tokenizer.js';
import { hashFile } from '../../weights/checkpoint.js';
import { hubRuns, type AvailableRun } from './hub-runs.js';
import { checkpointKey } from './checkpoint-key.js';
import { checkCached } from './offline.js';
import {
  localSource,
  localTokenizer,
  type CheckpointSource,
  type HubAccess,
  type TokenizerSource,
} from './sources.js';

/** Suggests the nearest of some known names. */
export type Nearest = (given: string, known: readonly string[]) => string | undefined;

/** One checkpoint to analyse. */
export interface CheckpointRef {
  readonly seed: Seed;
  readonly step: Step;
  readonly source: CheckpointSource;
}

/** The checkpoints of one training run to analyse; the reference is the run's last. */
export interface RunPlan {
  readonly seed: Seed;
  readonly reference: CheckpointRef;
  readonly tokenizer: TokenizerSource;
  /** Reference first (if selected), then ascending. */
  readonly selected: readonly CheckpointRef[];
}

export interface PlanRunsOptions {
  readonly nearest: Nearest;
  /**
   * Whether the reference checkpoint of each run is analysed even when it is not asked for, since the others are compared
   * with it.
   */
  readonly withReference: boolean;
  /** `checkpointKey` of checkpoints that are not to be trusted. */
  readonly without?: ReadonlySet<string>;
  /** Gives access to the Hub; asked for only where the suite is there. */
  readonly access: () => Promise<HubAccess>;
  /** Told what is left out, where a suite on the Hub is read from the cache alone. */
  readonly onNote?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Chooses runs and steps.
 * @throws UnknownNameError for a seed or step the suite has not, with the nearest; UsageError for a seed that is
 *   no number or a selection of steps of another form; MissingCheckpointError when no run is installed, or a run asked
 *   for is not; OfflineError when the cache alone is read and lacks what is asked for; errors of the Hub
 */
export async function planRuns(
  suite: Suite,
  config: SweepConfig,
  { nearest, withReference, without, access, onNote, signal }: PlanRunsOptions,
): Promise<RunPlan[]> {
  const known = suite.manifest.runs.map(({ seed }) => seed);
  const asked = config.seeds.map(seedNumber);
  for (const seed of asked)
    if (!known.includes(seed)) {
      const names = known.map(String);
      throw new UnknownNameError('seed', String(seed), names, nearest(String(seed), names));
    }
  const runs = isHubSuite(suite)
    ? await hubRuns(suite, await access(), asked.length === 0 ? known : asked, { signal, onNote })
    : localRuns(suite, asked);
  const available = runs.flatMap((run) => [...run.checkpoints.map(({ step }) => step), ...run.absent]);
  const wanted = new Set(selectSteps(config.steps.join(','), available));
  const items = config.steps.flatMap((text) => text.split(',')).map((text) => text.trim());
  const named = new Set(items.filter((text) => /^\d+$/.test(text)).map(Number));
  for (const run of runs) checkCached(run, { wanted, named, onNote });
  return runs.flatMap((run) => {
    const trusted = run.checkpoints.filter(
      ({ step }) => without?.has(checkpointKey(run.seed, step)) !== true,
    );
    return planRun(suite, { ...run, checkpoints: trusted }, wanted, withReference);
  });
}

/** The installed runs, or those asked for. */
function localRuns(suite: LocalSuite, asked: readonly number[]): AvailableRun[] {
  const { manifest, manifestPath, folder } = suite;
  const installed = installedRuns(suite);
  const wanted = manifest.runs.filter((run) =>
    asked.length === 0 ? installed.includes(run) : asked.includes(run.seed),
  );
  const absent = wanted.find((run) => !installed.includes(run));
  if (absent !== undefined)
    throw new MissingCheckpointError(join(folder, `seed ${absent.seed}`), manifestPath);
  if (wanted.length === 0) throw new MissingCheckpointError(folder, manifestPath);
  return wanted.map((run) => {
    const entries = [...run.checkpoints].sort((a, b) => a.step - b.step);
    const last = entries.at(-1);
    if (last === undefined) throw new MissingCheckpointError(folder, manifestPath);
    return {
      seed: run.seed,
      repo: folder,
      absent: [],
      tokenizer: localTokenizer(suite, last),
      checkpoints: entries.map((entry) => ({ step: entry.step, source: localSource(suite, entry) })),
    };
  });
}

function seedNumber(text: string): number {
  if (!/^\d+$/.test(text))
    throw new UsageError(`'${text}' is no seed`, 'Give whole numbers, e.g. --seeds 0,1.');
  return Number(text);
}

/** @returns nothing when no step of the run is wanted */
function planRun(
  { manifestPath, folder }: Suite,
  run: AvailableRun,
  wanted: ReadonlySet<number>,
  withReference: boolean,
): RunPlan[] {
  const seed = asSeed(run.seed);
  const refs = run.checkpoints
    .map(({ step, source }): CheckpointRef => ({ seed, step: asStep(step), source }))
    .sort((a, b) => a.step - b.step);
  const reference = refs.at(-1);
  if (reference === undefined) throw new MissingCheckpointError(folder, manifestPath);
  const asked = refs.filter((ref) => wanted.has(ref.step));
  if (asked.length === 0) return [];
  const first = withReference || asked.includes(reference) ? [reference] : [];
  const selected = [...first, ...asked.filter((ref) => ref !== reference)];
  return [{ seed, reference, tokenizer: run.tokenizer, selected }];
}

/** A tokenizer, and the identity of its file. */
export interface RunTokenizer {
  readonly tokens: ArithmeticTokens;
  readonly hash: string;
}

/**
 * Reads the tokenizer of a run; one revision's serves the whole sweep, since early branches of real suites lack special
 * tokens.
 * @throws MissingCheckpointError, ChecksumError, TokenizerError; errors of the Hub
 */
export async function readTokenizer(
  suite: Suite,
  { tokenizer }: RunPlan,
  maxOperand: number,
  signal?: AbortSignal,
): Promise<RunTokenizer> {
  const { path, promised } = await tokenizer.fetch(signal);
  const hash = await hashFile(path, suite.manifestPath);
  if (promised !== undefined && promised !== hash) throw new ChecksumError(path, promised, hash);
  return { tokens: arithmeticTokens(path, await readFile(path, 'utf8'), maxOperand - 1), hash };
}
