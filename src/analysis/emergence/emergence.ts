import { changeTest } from './change-test.js';
import { compareModels, MIN_STEPS, type Comparison } from './compare.js';
import { logistic, logisticWithDecline } from './curves.js';
import {
  resampleTimes,
  timeInterval,
  weightsOf,
  type PromptAnswers,
  type ResampledTimes,
} from './intervals.js';
import { isotonicTimes, logisticTimes, momentAt, type CurveTimes, type Moment } from './times.js';
import { stepScale, type StepScale, type Trajectory } from './trajectory.js';
import { declines, judge, type Judgement } from './verdict.js';

export interface EmergenceOptions {
  readonly trajectory: Trajectory;
  readonly seed: number;
  /** Bootstrap resamples. Default 1000. */
  readonly samples?: number;
  /** Permutations of the test for a change. Default 999. */
  readonly permutations?: number;
  /** Intervals over these prompts, in place of counts drawn about the fitted curve. */
  readonly prompts?: PromptAnswers;
}

/** A time with its 95 % interval. */
export interface TimedMoment extends Moment {
  readonly low: Moment;
  readonly high: Moment;
}

/** What one curve says of a trajectory. */
export interface Course {
  readonly onset: TimedMoment;
  readonly halfway: TimedMoment;
  /** Per octave of the step: of the logistic, or of the one with equal time between 10 % and 90 %. */
  readonly rate: number | null;
  /** Ceiling less floor. */
  readonly rise: number | null;
  readonly floor: number | null;
}

export interface Emergence {
  readonly scale: StepScale;
  /** Null with fewer than 10 steps. */
  readonly comparison: Comparison | null;
  /** p-value that anything changes, not adjusted for other trajectories. */
  readonly p: number | null;
  readonly judgement: Judgement;
  /** Whether the level goes back after its change; then onset and half-way are those of the way to the peak. */
  readonly declines: boolean;
  /** Steps from the first to that peak; all where there is none. */
  readonly stepsToPeak: number;
  readonly logistic: Course;
  readonly isotonic: Course;
  /** Times in octaves of each resample; null where there is no change. */
  readonly resampled: ResampledTimes | null;
}

/**
 * Onset, half-way step, rate and verdict of one trajectory (method section 10). Onset is where the fitted curve has made
 * 10 % of its rise above its floor, half-way 50 %. Without a change (p > 0.05, one trajectory by itself) there are no
 * times. Many trajectories: adjust their p with `judgeAll`, then `settled`.
 * @throws RangeError for a trajectory that is not one
 */
export function emergence(options: EmergenceOptions): Emergence {
  const { trajectory, seed, samples = 1000, permutations = 999, prompts } = options;
  const scale = stepScale(trajectory.steps);
  if (trajectory.steps.length < MIN_STEPS) {
    const judgement = judge({ comparison: null, p: 1 });
    const course = noCourse('too_few_steps');
    return {
      ...EMPTY,
      scale,
      judgement,
      stepsToPeak: trajectory.steps.length,
      logistic: course,
      isotonic: course,
    };
  }
  const comparison = compareModels(trajectory);
  const { t, level } = comparison.measured;
  const test = changeTest(level, { permutations, seed });
  const judgement = judge({ comparison, p: test.p });
  const goesBack = declines(comparison);
  const found = { scale, comparison, p: test.p, judgement, declines: goesBack };
  if (isWithoutChange(judgement)) {
    const course = noCourse('no_change');
    return { ...EMPTY, ...found, stepsToPeak: t.length, logistic: course, isotonic: course };
  }
  const fit = goesBack ? comparison.declining.logistic : comparison.plain.logistic;
  const [floor = 0, ceiling = 0] = fit.parameters;
  const direction = goesBack ? (ceiling > floor ? 1 : -1) : test.direction;
  const monotoneSteps = goesBack ? peak(fit.levels, direction) + 1 : t.length;
  const resampled = resampleTimes({
    trajectory,
    comparison,
    logistic: fit,
    curve: (goesBack ? logisticWithDecline : logistic)(comparison.measured),
    monotoneSteps,
    direction,
    samples,
    seed,
    ...(prompts === undefined ? {} : { prompts }),
  });
  const isotonic = isotonicTimes({
    t,
    level,
    weights: weightsOf(trajectory),
    direction,
    steps: monotoneSteps,
  });
  return {
    ...found,
    stepsToPeak: monotoneSteps,
    logistic: courseOf(logisticTimes(fit.parameters, t), resampled.logistic, t, scale),
    isotonic: courseOf(isotonic, resampled.isotonic, t, scale),
    resampled,
  };
}

/**
 * The same with a verdict from adjusted p-values (`judgeAll`): times are taken back where that finds no change.
 */
export function settled(found: Emergence, judgement: Judgement): Emergence {
  if (!isWithoutChange(judgement)) return { ...found, judgement };
  const course = noCourse('no_change');
  return { ...found, judgement, logistic: course, isotonic: course, resampled: null };
}

function isWithoutChange({ verdict, nullReason }: Judgement): boolean {
  return verdict === 'no_change' || nullReason === 'rise_too_small';
}

const EMPTY = { comparison: null, p: null, declines: false, resampled: null };

function courseOf(
  times: CurveTimes,
  resampled: readonly CurveTimes[],
  t: Float64Array,
  scale: StepScale,
): Course {
  const timed = (which: 'onset' | 'halfway'): TimedMoment => ({
    ...momentAt(times[which], scale),
    ...timeInterval({ times: resampled, which, t, scale }),
  });
  const { rate, rise, floor } = times;
  return { onset: timed('onset'), halfway: timed('halfway'), rate, rise, floor };
}

function noCourse(nullReason: 'no_change' | 'too_few_steps'): Course {
  const never: Moment = { step: null, nullReason };
  const timed = { ...never, low: never, high: never };
  return { onset: timed, halfway: timed, rate: null, rise: null, floor: null };
}

function peak(levels: Float64Array, direction: 1 | -1): number {
  return levels.reduce((best, level, i) => (direction * (level - (levels[best] ?? 0)) > 0 ? i : best), 0);
}
