import { randomStream, type Random } from '../../domain/random.js';
import type { Comparison, ModelFit } from './compare.js';
import type { Curve } from './curves.js';
import { drawBetaBinomial } from './draws.js';
import { fitCurve } from './fit.js';
import { noiseOf } from './noise.js';
import { studentFactor } from './student.js';
import { censored, isotonicTimes, logisticTimes, momentAt, type CurveTimes, type Moment } from './times.js';
import { levels, type CountTrajectory, type StepScale, type Trajectory } from './trajectory.js';

/** Answers of the same prompts at all steps: 1 where right. */
export interface PromptAnswers {
  /** [steps][prompts] 0 or 1 */
  readonly answers: readonly ArrayLike<number>[];
}

export interface ResampleOptions {
  readonly trajectory: Trajectory;
  readonly comparison: Comparison;
  /** The logistic that times are read off. */
  readonly logistic: ModelFit;
  readonly curve: Curve;
  /** Steps that the isotonic curve is fitted to: all, or those up to a peak. */
  readonly monotoneSteps: number;
  /** 1 for a rising curve, -1 for a falling one. */
  readonly direction: 1 | -1;
  readonly samples: number;
  readonly seed: number;
  /** Resamples prompts, each with its answers at all steps, in place of drawing counts about the curve. */
  readonly prompts?: PromptAnswers;
}

/** Times that resamples hold for possible, of both curves. */
export interface ResampledTimes {
  readonly logistic: readonly CurveTimes[];
  /** Of resamples that rise at all. */
  readonly isotonic: readonly CurveTimes[];
}

/** A bootstrap interval; an end outside the measured steps is null with its reason. */
export interface MomentInterval {
  readonly low: Moment;
  readonly high: Moment;
}

/** Log-likelihood that a refit may lack: a fraction of the spread of its resamples. */
const REFIT_TOLERANCE = 1e-3;

/**
 * Times of curves fitted again to resamples. Given answers of single prompts, prompts are drawn with replacement: what
 * other prompts would have given at the same checkpoints. Else each step's level is drawn about the fitted curve with the
 * fitted spread, corrected for the curve's parameters and the few steps: what other prompts and another course of training
 * would have given. Refits are taken as they are (percentile bootstrap), but for
 * isotonic ones to levels about the smooth curve: noise bends them, so that their errors are taken off the measured time
 * (basic bootstrap).
 */
export function resampleTimes(options: ResampleOptions): ResampledTimes {
  const {
    trajectory,
    comparison,
    logistic: fit,
    curve,
    monotoneSteps,
    direction,
    samples,
    seed,
    prompts,
  } = options;
  const { t, level } = comparison.measured;
  const random = randomStream(seed, 'emergence bootstrap');
  const draw = prompts === undefined ? null : promptDraw(trajectory, prompts);
  const freedom = t.length - fit.parameters.length;
  const spread = ((fit.dispersion * t.length) / freedom) * studentFactor(freedom) ** 2;
  const monotone = (levelsOf: Float64Array, weights: ArrayLike<number> | undefined) =>
    isotonicTimes({ t, level: levelsOf, weights, direction, steps: monotoneSteps });
  const measured = monotone(level, weightsOf(trajectory));
  const truth = draw === null ? monotone(fit.levels, weightsOf(trajectory)) : null;
  const logistics: CurveTimes[] = [];
  const isotonics: CurveTimes[] = [];
  for (let s = 0; s < samples; s++) {
    const resampled = draw?.(random) ?? drawAbout(trajectory, fit.levels, spread, random);
    const refitted = fitCurve({
      curve,
      t,
      noise: noiseOf(resampled),
      dispersion: fit.dispersion,
      starts: [fit.parameters],
      tolerance: REFIT_TOLERANCE,
    });
    logistics.push(logisticTimes(refitted.parameters, t));
    const again = monotone(levels(resampled), weightsOf(resampled));
    if (again.rise !== 0) isotonics.push(truth === null ? again : lessError({ measured, again, truth, t }));
  }
  return { logistic: logistics, isotonic: isotonics };
}

/** The measured times less a resample's error. */
function lessError({
  measured,
  again,
  truth,
  t,
}: Record<'measured' | 'again' | 'truth', CurveTimes> & { t: Float64Array }): CurveTimes {
  const less = (which: 'onset' | 'halfway' | 'end') =>
    censored(measured[which] + truth[which] - again[which], t);
  const halfway = less('halfway');
  return {
    ...measured,
    onset: Math.min(less('onset'), halfway),
    halfway,
    end: Math.max(less('end'), halfway),
  };
}

export interface IntervalOptions {
  readonly times: readonly CurveTimes[];
  readonly which: 'onset' | 'halfway';
  /** [steps] octaves */
  readonly t: Float64Array;
  readonly scale: StepScale;
  /** Share of the resamples within. Default 0.95. */
  readonly level?: number;
}

/**
 * Percentile interval of a time. One that is not resolved by the steps may be anywhere between its two neighbouring steps:
 * it counts as the earlier for the lower end and as the later for the upper end.
 */
export function timeInterval({ times, which, t, scale, level = 0.95 }: IntervalOptions): MomentInterval {
  const end = (share: number, later: boolean): Moment => {
    const octaves = times.map((one) => (one.unresolved ? neighbour(one[which], t, later) : one[which]));
    return momentAt(quantile(Float64Array.from(octaves).sort(), share), scale);
  };
  return { low: end((1 - level) / 2, false), high: end((1 + level) / 2, true) };
}

function neighbour(time: number, t: Float64Array, later: boolean): number {
  if (!Number.isFinite(time)) return time;
  const after = t.findIndex((x) => x >= time);
  return (later ? t[after] : t[after - 1]) ?? time;
}

/** Between neighbours linear, but never between a time and none. */
export function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? NaN;
  const above = sorted[Math.ceil(place)] ?? NaN;
  if (!Number.isFinite(below) || !Number.isFinite(above)) return place % 1 < 0.5 ? below : above;
  return below + (above - below) * (place - Math.floor(place));
}

/** Trials of counts; equal weights of values. */
export function weightsOf(trajectory: Trajectory): ArrayLike<number> | undefined {
  return 'values' in trajectory ? undefined : trajectory.trials;
}

function drawAbout(trajectory: Trajectory, curve: Float64Array, spread: number, random: Random): Trajectory {
  if ('values' in trajectory)
    return { ...trajectory, values: curve.map((level) => level + Math.sqrt(spread) * random.normal()) };
  const { trials, chance } = trajectory;
  const successes = curve.map((level, i) => {
    const share = Math.max(0, Math.min(1, level + (chance?.[i] ?? 0)));
    return drawBetaBinomial(trials[i] ?? 0, share, spread, random);
  });
  return { ...trajectory, successes };
}

function promptDraw(trajectory: Trajectory, { answers }: PromptAnswers): (random: Random) => CountTrajectory {
  const prompts = answers[0]?.length ?? 0;
  if (answers.length !== trajectory.steps.length || answers.some((step) => step.length !== prompts))
    throw new RangeError(
      `answers of ${prompts} prompts at ${answers.length} of ${trajectory.steps.length} steps`,
    );
  const base = 'values' in trajectory ? { steps: trajectory.steps } : trajectory;
  const trials = Float64Array.from(answers, () => prompts);
  return (random) => {
    const times = new Uint16Array(prompts);
    for (let i = 0; i < prompts; i++) {
      const drawn = random.int(0, prompts - 1);
      times[drawn] = (times[drawn] ?? 0) + 1;
    }
    const successes = Float64Array.from(answers, (step) => {
      let right = 0;
      for (let i = 0; i < prompts; i++) if (step[i] === 1) right += times[i] ?? 0;
      return right;
    });
    return { ...base, successes, trials };
  };
}
