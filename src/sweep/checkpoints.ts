import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installedRuns, type Suite } from '../config/find-suite.js';
import type { ManifestCheckpoint, ManifestRun } from '../config/suite-manifest.js';
import type { SweepConfig } from '../config/sweep-fields.js';
import { seed as asSeed, step as asStep, type Seed, type Step } from '../domain/ids.js';
import { ChecksumError, MissingCheckpointError, UnknownNameError, UsageError } from '../errors/errors.js';
import { arithmeticTokens, type ArithmeticTokens } from '../tokenizer/tokenizer.js';
import { CHECKPOINT_FILES, hashFile } from '../weights/checkpoint.js';

/** Suggests the nearest of some known names. */
export type Nearest = (given: string, known: readonly string[]) => string | undefined;

/** One checkpoint to analyse. */
export interface CheckpointRef {
  readonly seed: Seed;
  readonly step: Step;
  readonly folder: string;
  readonly entry: ManifestCheckpoint;
}

/** The checkpoints of one training run to analyse; the reference is the run's last. */
export interface RunPlan {
  readonly seed: Seed;
  readonly reference: CheckpointRef;
  /** Reference first (if selected), then ascending. */
  readonly selected: readonly CheckpointRef[];
}

/**
 * Chooses runs and steps.
 * @param withReference whether the reference checkpoint of each run is analysed even when it is not asked for, since
 *   the others are compared with it
 * @throws UnknownNameError for a seed or step the suite has not, with the nearest; UsageError for no number;
 *   MissingCheckpointError when no run is installed, or a run asked for is not
 */
export function planRuns(
  suite: Suite,
  config: SweepConfig,
  nearest: Nearest,
  withReference: boolean,
): RunPlan[] {
  const { manifest } = suite;
  const installed = installedRuns(suite);
  const seeds =
    config.seeds.length === 0 ? installed.map((run) => run.seed) : config.seeds.map(wholeNumber('seed'));
  const runs = seeds.map((seed) => {
    const run = manifest.runs.find((candidate) => candidate.seed === seed);
    const known = manifest.runs.map((candidate) => String(candidate.seed));
    if (run === undefined)
      throw new UnknownNameError('seed', String(seed), known, nearest(String(seed), known));
    if (!installed.includes(run))
      throw new MissingCheckpointError(join(suite.folder, `seed ${seed}`), suite.manifestPath);
    return run;
  });
  if (runs.length === 0) throw new MissingCheckpointError(suite.folder, suite.manifestPath);
  const available = [...new Set(runs.flatMap((run) => run.checkpoints.map((c) => c.step)))].sort(
    (x, y) => x - y,
  );
  for (const step of config.steps.map(wholeNumber('step')))
    if (!available.includes(step)) {
      const [closest] = [...available].sort((x, y) => Math.abs(x - step) - Math.abs(y - step));
      throw new UnknownNameError('step', String(step), available.map(String), closest?.toString());
    }
  return runs
    .map((run) => planRun(suite, run, config, withReference))
    .filter((plan) => plan.selected.length > 0);
}

function wholeNumber(what: string): (text: string) => number {
  return (text) => {
    if (!/^\d+$/.test(text))
      throw new UsageError(`'${text}' is no ${what}`, `Give whole numbers, e.g. --${what}s 0,512.`);
    return Number(text);
  };
}

function planRun(suite: Suite, run: ManifestRun, config: SweepConfig, withReference: boolean): RunPlan {
  const refs = [...run.checkpoints]
    .sort((a, b) => a.step - b.step)
    .map((entry) => ({
      seed: asSeed(run.seed),
      step: asStep(entry.step),
      folder: join(suite.folder, entry.folder),
      entry,
    }));
  const reference = refs.at(-1);
  if (reference === undefined) throw new MissingCheckpointError(suite.folder, suite.manifestPath);
  const wanted = new Set(config.steps.map(wholeNumber('step')));
  const asked = refs.filter((ref) => wanted.size === 0 || wanted.has(ref.step));
  const selected = refs.filter(
    (ref) => asked.includes(ref) || (withReference && asked.length > 0 && ref === reference),
  );
  return {
    seed: reference.seed,
    reference,
    selected: [
      ...selected.filter((ref) => ref === reference),
      ...selected.filter((ref) => ref !== reference),
    ],
  };
}

/** A tokenizer, and the identity of its file. */
export interface RunTokenizer {
  readonly tokens: ArithmeticTokens;
  readonly hash: string;
}

/**
 * Reads the tokenizer of a run from its reference checkpoint; one revision's serves the whole sweep, since early
 * branches of real suites lack special tokens.
 * @throws MissingCheckpointError, ChecksumError, TokenizerError
 */
export async function readTokenizer(
  suite: Suite,
  { reference }: RunPlan,
  maxOperand: number,
): Promise<RunTokenizer> {
  const path = join(reference.folder, CHECKPOINT_FILES.tokenizer);
  const hash = await hashFile(path, suite.manifestPath);
  const expected = reference.entry.files[CHECKPOINT_FILES.tokenizer];
  if (expected !== undefined && expected !== hash) throw new ChecksumError(path, expected, hash);
  return { tokens: arithmeticTokens(path, await readFile(path, 'utf8'), maxOperand - 1), hash };
}
