/** What was measured at the checkpoints of one run, oldest first. Steps differ and rise; the first may be 0. */
export type Trajectory = CountTrajectory | ValueTrajectory;

/** Successes of trials: prompts answered right, or neurons classified. */
export interface CountTrajectory {
  /** [steps] training steps, rising */
  readonly steps: ArrayLike<number>;
  /** [steps] k of n, whole numbers */
  readonly successes: ArrayLike<number>;
  /** [steps] n, at least 1 */
  readonly trials: ArrayLike<number>;
  /** [steps] share expected by chance, subtracted from k / n. Default 0. */
  readonly chance?: ArrayLike<number>;
}

/** Any other quantity, with noise of equal size at each step. */
export interface ValueTrajectory {
  /** [steps] training steps, rising */
  readonly steps: ArrayLike<number>;
  /** [steps] finite */
  readonly values: ArrayLike<number>;
}

/** log2(1 + step / unit): 0 at step 0, one more with each doubling of a step that is large against the unit. */
export interface StepScale {
  /** The first positive step, s0; 1 for step 0 alone. */
  readonly unit: number;
  readonly toOctaves: (step: number) => number;
  readonly toStep: (octaves: number) => number;
}

/**
 * Time in octaves of the step (method section 10). Steps are log-spaced, so that curves are judged on log time; adding the
 * first positive step keeps step 0 in.
 * @throws RangeError without a step, or where steps do not rise
 */
export function stepScale(steps: ArrayLike<number>): StepScale {
  const all = Array.from(steps);
  const unit = all.find((step) => step > 0) ?? 1;
  if (all.length === 0 || all.some((step, i) => !(step >= 0 && step > (all[i - 1] ?? -1))))
    throw new RangeError(`rising steps expected: ${all.join(', ')}`);
  return {
    unit,
    toOctaves: (step) => Math.log2(1 + step / unit),
    toStep: (octaves) => unit * (2 ** octaves - 1),
  };
}

/**
 * Share of successes less chance, or the value.
 * @returns [steps]
 * @throws RangeError where lengths differ, counts are no counts, or a number is not finite
 */
export function levels(trajectory: Trajectory): Float64Array {
  const n = trajectory.steps.length;
  if ('values' in trajectory) {
    const values = Float64Array.from(trajectory.values);
    if (values.length !== n || !values.every(Number.isFinite))
      throw new RangeError(`${values.length} finite values expected at ${n} steps`);
    return values;
  }
  const { successes, trials, chance } = trajectory;
  if (successes.length !== n || trials.length !== n || (chance !== undefined && chance.length !== n))
    throw new RangeError(`${successes.length} of ${trials.length} counts at ${n} steps`);
  return Float64Array.from(successes, (k, i) => {
    const of = trials[i] ?? 0;
    const level = k / of - (chance?.[i] ?? 0);
    if (!Number.isInteger(k) || !Number.isInteger(of) || k < 0 || k > of || !Number.isFinite(level))
      throw new RangeError(`${k} of ${of} with chance ${chance?.[i] ?? 0}`);
    return level;
  });
}
