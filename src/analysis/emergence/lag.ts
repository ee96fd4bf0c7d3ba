import type { NoLag } from '../../domain/emergence.js';
import { randomStream, type Random } from '../../domain/random.js';
import type { Emergence } from './emergence.js';
import { quantile } from './intervals.js';
import type { CurveTimes } from './times.js';

/** How much later the second trajectory passes a part of its rise than the first, in octaves of the step. */
export interface Lag {
  /** Positive: the second is later. */
  readonly octaves: number | null;
  readonly nullReason: NoLag | null;
  /** Bootstrap 95 % interval; null where it reaches beyond the measured steps. */
  readonly low: number | null;
  readonly high: number | null;
  /** Two-sided p-value that both have the same course. */
  readonly p: number | null;
}

export interface LagOptions {
  /** Emergence of the two at the same steps. */
  readonly first: Emergence;
  readonly second: Emergence;
  readonly seed: number;
  /** Default 999. */
  readonly permutations?: number;
}

type Part = 'onset' | 'halfway';

/** Levels that a test of each part looks at, as shares of the rise: up to twice the onset's, or all. */
const HIGHEST: Readonly<Record<Part, number>> = { onset: 0.2, halfway: Infinity };

/**
 * Lead or lag of one trajectory against another, such as accuracy against classified neurons (method section 10), by the
 * fitted logistics. The permutation test looks at the area between the two courses, levels as shares of their own fitted
 * rises (1 after a peak), over octaves: how much later the one is on the way. What is exchanged: at each step, the two
 * levels; with one course in common either could have been the other's. Serial dependence of checkpoints is not in that.
 * @throws RangeError where the steps of the two differ
 */
export function leadLag({ first, second, seed, permutations = 999 }: LagOptions): Record<Part, Lag> {
  const t = first.comparison?.measured.t ?? new Float64Array();
  const other = second.comparison?.measured.t ?? t;
  if (first.scale.unit !== second.scale.unit || (t.length > 0 && !sameTimes(t, other)))
    throw new RangeError('a lag is between trajectories of the same steps');
  const [one, two] = [shares(first), shares(second)];
  if (one === null || two === null) return { onset: noLag('no_change'), halfway: noLag('no_change') };
  const lag = (part: Part): Lag => {
    const ahead = areas({ t, one, two, highest: HIGHEST[part] });
    const random = randomStream(seed, 'lag', part);
    return estimate(part, first, second, signFlips(ahead, permutations, random));
  };
  return { onset: lag('onset'), halfway: lag('halfway') };
}

interface Courses {
  readonly t: Float64Array;
  readonly one: Float64Array;
  readonly two: Float64Array;
  readonly highest: number;
}

/** What each step adds to the area between the courses. @returns [steps] */
function areas({ t, one, two, highest }: Courses): Float64Array {
  return t.map((time, i) => {
    const width = ((t[i + 1] ?? time) - (t[i - 1] ?? time)) / 2;
    return width * (Math.min(highest, one[i] ?? 0) - Math.min(highest, two[i] ?? 0));
  });
}

/** Share of sign flips with as large a sum, the measured one counted in. */
function signFlips(values: Float64Array, flips: number, random: Random): number {
  const measured = Math.abs(values.reduce((sum, value) => sum + value, 0));
  let asLarge = 1;
  for (let flip = 0; flip < flips; flip++) {
    const sum = values.reduce((s, value) => s + (random.int(0, 1) === 1 ? value : -value), 0);
    if (Math.abs(sum) >= measured * (1 - 1e-12)) asLarge++;
  }
  return asLarge / (flips + 1);
}

function estimate(part: Part, first: Emergence, second: Emergence, p: number): Lag {
  const [from, to] = [first.logistic[part].step, second.logistic[part].step];
  if (from === null || to === null) return { ...noLag('time_not_measured'), p };
  const { toOctaves } = first.scale;
  const [before, after] = [draws(first, part), draws(second, part)];
  const differences = Float64Array.from(after, (time, i) => time - (before[i % before.length] ?? NaN)).sort();
  const end = (share: number) => {
    const value = quantile(differences, share);
    return Number.isFinite(value) ? value : null;
  };
  return { octaves: toOctaves(to) - toOctaves(from), nullReason: null, low: end(0.025), high: end(0.975), p };
}

function draws({ resampled }: Emergence, part: Part): number[] {
  return (resampled?.logistic ?? []).map((times: CurveTimes) => times[part]);
}

/** Levels as shares of the rise; null without one. */
function shares({ comparison, logistic: course, stepsToPeak }: Emergence): Float64Array | null {
  const { rise, floor } = course;
  if (comparison === null || rise === null || floor === null || rise === 0) return null;
  return comparison.measured.level.map((level, i) => (i < stepsToPeak ? (level - floor) / rise : 1));
}

function sameTimes(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((time, i) => time === b[i]);
}

function noLag(nullReason: NoLag): Lag {
  return { octaves: null, nullReason, low: null, high: null, p: null };
}
