import { student975 } from './student.js';

export interface OverSeeds {
  readonly seeds: number;
  readonly mean: number;
  /** 95 % interval of the mean over all seeds that there might be; null with fewer than 3. */
  readonly low: number | null;
  readonly high: number | null;
  /** Two-sided p-value of the exact sign-flip test that the mean is 0; null with fewer than 3 seeds or more than 20. */
  readonly p: number | null;
}

/** Sign flips are counted one by one up to here. */
const MAX_SEEDS = 20;

/**
 * Times or lags in octaves of several seeds of one model (method section 10). Seeds are the sample: an estimate's own
 * noise from few prompts is part of how far the seeds lie apart, so that resampling prompts within seeds as well would
 * count it twice. Where seeds happen to agree better than their own intervals allow, those set the length.
 * @param values [seeds] finite
 * @param resampled [seeds][samples] bootstrap values of each seed
 * @throws RangeError without values, or where one is not finite
 */
export function overSeeds(
  values: readonly number[],
  resampled: readonly (readonly number[])[] = [],
): OverSeeds {
  const seeds = values.length;
  if (seeds === 0 || !values.every(Number.isFinite))
    throw new RangeError(`finite values of seeds expected: ${values.join(', ')}`);
  const mean = meanOf(values);
  if (seeds < 3) return { seeds, mean, low: null, high: null, p: null };
  const within = resampled.map((draws) => variance(draws.filter(Number.isFinite))).filter(Number.isFinite);
  const own = within.length === 0 ? 0 : meanOf(within);
  const half = student975(seeds - 1) * Math.sqrt(Math.max(variance(values), own) / seeds);
  return { seeds, mean, low: mean - half, high: mean + half, p: seeds > MAX_SEEDS ? null : signFlip(values) };
}

function signFlip(values: readonly number[]): number {
  const total = values.reduce((sum, value) => sum + value, 0);
  const flips = 2 ** values.length;
  let asFar = 0;
  for (let flip = 0; flip < flips; flip++) {
    const sum = values.reduce((s, value, i) => s + ((flip >> i) & 1 ? -value : value), 0);
    if (Math.abs(sum) >= Math.abs(total) * (1 - 1e-12)) asFar++;
  }
  return asFar / flips;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Unbiased; NaN with fewer than two values. */
function variance(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}
