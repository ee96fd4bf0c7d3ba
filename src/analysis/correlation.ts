/**
 * Pearson's correlation coefficient.
 * @param x [n] finite numbers
 * @param y [n]
 * @returns in [-1, 1]; null with fewer than two values or where x or y does not vary
 * @throws RangeError when the lengths differ
 */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number | null {
  requireEqualLengths(x, y);
  if (!varies(x) || !varies(y)) return null;
  const a = deviations(x);
  const b = deviations(y);
  return Math.max(-1, Math.min(1, dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))));
}

/**
 * Spearman's rank correlation: Pearson's of the ranks, ties sharing their mean rank.
 * @param x [n] finite numbers
 * @param y [n]
 * @returns in [-1, 1]; null with fewer than two values or where x or y does not vary
 * @throws RangeError when the lengths differ
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number | null {
  requireEqualLengths(x, y);
  return pearson(averageRanks(x), averageRanks(y));
}

/** Ranks from 1, smallest first; tied values get the mean of the ranks that they take up. @returns [n] */
export function averageRanks(values: ArrayLike<number>): Float64Array {
  const sorted = Float64Array.from(values);
  const order = Uint32Array.from(sorted, (_, i) => i).sort((i, j) => (sorted[i] ?? 0) - (sorted[j] ?? 0));
  const ranks = new Float64Array(order.length);
  for (let start = 0, end = 0; start < order.length; start = end) {
    const value = sorted[order[start] ?? 0];
    while (end < order.length && sorted[order[end] ?? 0] === value) end++;
    for (const i of order.subarray(start, end)) ranks[i] = (start + 1 + end) / 2;
  }
  return ranks;
}

/**
 * Share of the k largest of one score that are among the k largest of the other; ties go to the lower index.
 * @param a [n] finite numbers
 * @param b [n] of the same things in the same order
 * @returns in [0, 1]; null with k = 0
 * @throws RangeError when the lengths differ or k is not a whole number in 0 .. n
 */
export function topOverlap(a: ArrayLike<number>, b: ArrayLike<number>, k: number): number | null {
  requireEqualLengths(a, b);
  if (!Number.isInteger(k) || k < 0 || k > a.length)
    throw new RangeError(`the top ${k} of ${a.length} values`);
  if (k === 0) return null;
  const first = new Set(largest(a, k));
  return largest(b, k).filter((i) => first.has(i)).length / k;
}

/** Indices of the k largest values. */
function largest(values: ArrayLike<number>, k: number): number[] {
  return Array.from(values, (value, i) => ({ value, i }))
    .sort((p, q) => q.value - p.value || p.i - q.i)
    .slice(0, k)
    .map(({ i }) => i);
}

function requireEqualLengths(x: ArrayLike<number>, y: ArrayLike<number>): void {
  if (x.length !== y.length) throw new RangeError(`${x.length} values against ${y.length}`);
}

function varies(x: ArrayLike<number>): boolean {
  return Array.from(x).some((value) => value !== x[0]);
}

/** Differences from the mean in units of the largest one, so that no square overflows or vanishes. */
function deviations(x: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(x);
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  const differences = values.map((value) => value - mean);
  const largest = differences.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return differences.map((value) => value / largest);
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}
