/** Location and spread of a sample. */
export interface Summary {
  readonly n: number;
  /** Null where the sample is empty. */
  readonly mean: number | null;
  /** Middle value, or the mean of the middle two; null where the sample is empty. */
  readonly median: number | null;
  /** Unbiased (divided by n - 1); null with fewer than two values. */
  readonly sd: number | null;
}

/** Mean, median and unbiased standard deviation of finite numbers; an infinite sum or square gives null. */
export function summarise(values: ArrayLike<number>): Summary {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  if (n === 0) return { n, mean: null, median: null, sd: null };
  const mean = sorted.reduce((sum, value) => sum + value, 0) / n;
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const middle = (n - 1) / 2;
  const below = sorted[Math.floor(middle)] ?? NaN;
  // Halved before they are added: the sum of two large values may overflow.
  const median = below / 2 + (sorted[Math.ceil(middle)] ?? NaN) / 2;
  return {
    n,
    mean: finiteOrNull(mean),
    median: finiteOrNull(median),
    sd: n < 2 ? null : finiteOrNull(Math.sqrt(squares / (n - 1))),
  };
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
