import { randomStream } from '../domain/random.js';

export interface BootstrapOptions {
  /** Resamples drawn. */
  readonly samples: number;
  readonly seed: number;
  /** Share of the resamples that the interval holds. Default 0.95. */
  readonly level?: number;
  /** What is estimated from values [n]. Default: their mean. */
  readonly statistic?: (values: Float64Array) => number;
}

/**
 * Percentile bootstrap interval of a statistic (Efron 1979). Equal seeds draw equal resamples of equally many values, so
 * that intervals are comparable.
 * @param values [n] finite; for a statistic of several columns, the row numbers 0 .. n - 1
 * @throws RangeError without values or resamples, or for a level outside (0, 1)
 */
export function bootstrapInterval(
  values: ArrayLike<number>,
  { samples, seed, level = 0.95, statistic = mean }: BootstrapOptions,
): { low: number; high: number } {
  const n = values.length;
  if (n === 0 || !Number.isSafeInteger(samples) || samples < 1 || !(level > 0 && level < 1))
    throw new RangeError(`a ${level} interval from ${samples} resamples of ${n} values`);
  const random = randomStream(seed, 'bootstrap');
  const resample = new Float64Array(n);
  const estimates = new Float64Array(samples);
  for (let s = 0; s < samples; s++) {
    for (let i = 0; i < n; i++) resample[i] = values[random.int(0, n - 1)] ?? NaN;
    estimates[s] = statistic(resample);
  }
  estimates.sort();
  return { low: quantile(estimates, (1 - level) / 2), high: quantile(estimates, (1 + level) / 2) };
}

function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Between neighbours linear; q = 0 is the smallest, q = 1 the largest. */
function quantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? NaN;
  const above = sorted[Math.ceil(at)] ?? NaN;
  return below + (above - below) * (at - Math.floor(at));
}
