/** From here on Stirling's series with four terms is exact to 1e-12. */
const LARGE = 10;

/** log Gamma(a + k) - log Gamma(a) for a > 0, k >= 0; no digits are lost where a is far larger than k. */
export function logRising(a: number, k: number): number {
  if (k === 0) return 0;
  let x = a;
  let factors = 1;
  let logs = 0;
  for (; x < LARGE; x++) {
    factors *= (x + k) / x;
    if (factors > 1e200) {
      logs += Math.log(factors);
      factors = 1;
    }
  }
  const y = x + k;
  return (
    (x - 0.5) * Math.log1p(k / x) +
    k * (Math.log(y) - 1) +
    stirling(y) -
    stirling(x) -
    logs -
    Math.log(factors)
  );
}

/** Derivative of `logRising` by a: digamma(a + k) - digamma(a). */
export function digammaRise(a: number, k: number): number {
  if (k === 0) return 0;
  let x = a;
  let shifted = 0;
  for (; x < LARGE; x++) shifted += k / (x * (x + k));
  const y = x + k;
  return Math.log1p(k / x) + k / (2 * x * y) + stirlingSlope(x) - stirlingSlope(y) + shifted;
}

function stirling(x: number): number {
  const r = 1 / (x * x);
  return (1 / 12 - (1 / 360 - (1 / 1260 - r / 1680) * r) * r) / x;
}

function stirlingSlope(x: number): number {
  const r = 1 / (x * x);
  return (1 / 12 - (1 / 120 - (1 / 252 - r / 240) * r) * r) * r;
}
