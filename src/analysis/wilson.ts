/** Two-sided 95 % quantile of the standard normal distribution. */
const Z95 = 1.959963984540054;

/**
 * Wilson score interval of a proportion, 95 % (Wilson 1927): inside [0, 1] and sensible at 0 and n of n.
 * @param correct successes
 * @param n trials, at least 1
 */
export function wilsonInterval(correct: number, n: number): { low: number; high: number } {
  const p = correct / n;
  const z2 = Z95 * Z95;
  const centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z95 / (1 + z2 / n)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  return { low: correct === 0 ? 0 : centre - half, high: correct === n ? 1 : centre + half };
}
