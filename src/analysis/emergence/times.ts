import type { NoTime } from '../../domain/emergence.js';
import { RISE_AT_RATE_1 } from './curves.js';
import { isotonicRegression } from './isotonic.js';
import type { StepScale } from './trajectory.js';

/** When a curve passes parts of its rise, in octaves: -Infinity before the first step, Infinity after the last. */
export interface CurveTimes {
  /** 10 % of the rise above the floor. */
  readonly onset: number;
  readonly halfway: number;
  /** 90 % of the rise. */
  readonly end: number;
  /** Ceiling less floor; negative where the curve falls. */
  readonly rise: number;
  readonly floor: number;
  /** Rate of the logistic with the same time between 10 % and 90 %, per octave; null where one is not measured. */
  readonly rate: number | null;
  /** With fewer than two measured steps in the rise: between which steps its times lie is all that is known. */
  readonly unresolved: boolean;
}

/** A training step read off a curve. */
export interface Moment {
  /** Interpolated on octaves, so rarely a whole number; null where it was not measured. */
  readonly step: number | null;
  readonly nullReason: NoTime | null;
}

/** Parts of the rise that stand for its onset, its middle and its end. */
const PARTS = [0.1, 0.5, 0.9] as const;

/**
 * Times of a fitted logistic (method section 10), null outside the measured ones.
 * @param parameters as `logistic` has them
 * @param t [steps] octaves
 */
export function logisticTimes(parameters: readonly number[], t: Float64Array): CurveTimes {
  const [floor = 0, ceiling = 0, middle = 0, logRate = 0] = parameters;
  const rate = Math.exp(logRate);
  const at = (part: number) => censored(middle + Math.log(part / (1 - part)) / rate, t);
  const half = RISE_AT_RATE_1 / rate / 2;
  const unresolved = stepsBetween(middle - half, middle + half, t) < 2;
  return { ...times(at), floor, rise: ceiling - floor, rate, unresolved };
}

export interface IsotonicOptions {
  /** [steps] octaves */
  readonly t: Float64Array;
  /** [steps] */
  readonly level: Float64Array;
  /** [steps] Default: all equal. */
  readonly weights?: ArrayLike<number> | undefined;
  /** 1 for a rising curve, -1 for a falling one. */
  readonly direction: 1 | -1;
  /** How many of the steps, from the first on, belong to the change. */
  readonly steps: number;
}

/**
 * Times of the monotone curve nearest to the levels; its floor and ceiling are its first and last value, so that a rise
 * that begins before the first step or ends after the last is taken for what is seen of it.
 */
export function isotonicTimes({ t, level, weights, direction, steps }: IsotonicOptions): CurveTimes {
  const rising = level.subarray(0, steps).map((value) => direction * value);
  const curve = isotonicRegression(rising, weights);
  const floor = curve[0] ?? 0;
  const rise = (curve.at(-1) ?? 0) - floor;
  const at = (part: number): number => {
    if (!(rise > 0)) return NaN;
    const target = floor + part * rise;
    const i = curve.findIndex((value) => value >= target);
    const [before, after] = [curve[i - 1] ?? floor, curve[i] ?? floor];
    const [from, to] = [t[i - 1] ?? 0, t[i] ?? 0];
    return from + ((to - from) * (target - before)) / (after - before);
  };
  const found = times(at);
  const octaves = found.end - found.onset;
  return {
    ...found,
    floor: direction * floor,
    rise: direction * rise,
    rate: octaves > 0 ? RISE_AT_RATE_1 / octaves : null,
    unresolved: stepsBetween(found.onset, found.end, t) < 2,
  };
}

/** @returns the step at a time of `CurveTimes`; with NaN, that nothing changed */
export function momentAt(octaves: number, scale: StepScale): Moment {
  if (Number.isNaN(octaves)) return { step: null, nullReason: 'no_change' };
  if (Number.isFinite(octaves)) return { step: scale.toStep(octaves), nullReason: null };
  return { step: null, nullReason: octaves < 0 ? 'before_first' : 'after_last' };
}

function times(at: (part: number) => number): Pick<CurveTimes, 'onset' | 'halfway' | 'end'> {
  const [onset, halfway, end] = PARTS;
  return { onset: at(onset), halfway: at(halfway), end: at(end) };
}

/** -Infinity before the first step, Infinity after the last. */
export function censored(octaves: number, t: Float64Array): number {
  if (octaves < (t[0] ?? 0)) return -Infinity;
  return octaves > (t.at(-1) ?? 0) ? Infinity : octaves;
}

/** How many measured steps lie between two times. */
export function stepsBetween(from: number, to: number, t: Float64Array): number {
  return t.reduce((count, x) => count + (x >= from && x <= to ? 1 : 0), 0);
}
