import { logRising } from './log-gamma.js';
import type { Random } from '../../domain/random.js';

/** Successes of n trials with probability p (Hoermann 1993, BTRS; by inversion where few are expected). */
export function drawBinomial(n: number, p: number, random: Random): number {
  if (p <= 0 || n === 0) return 0;
  if (p >= 1) return n;
  if (p > 0.5) return n - drawBinomial(n, 1 - p, random);
  return n * p < 10 ? byInversion(n, p, random) : byRejection(n, p, random);
}

/** Successes of n trials whose probability is drawn, too: mean p, dispersion as `betaBinomialNoise` has it. */
export function drawBetaBinomial(n: number, p: number, dispersion: number, random: Random): number {
  const a = drawGamma(p / dispersion, random);
  const b = drawGamma((1 - p) / dispersion, random);
  // Both vanish where the shares are almost 0 or 1.
  return drawBinomial(n, a + b > 0 ? a / (a + b) : random.uniform() < p ? 1 : 0, random);
}

/** Gamma deviate of a shape, scale 1 (Marsaglia and Tsang 2000). */
function drawGamma(shape: number, random: Random): number {
  if (shape < 1) return drawGamma(shape + 1, random) * (1 - random.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random.uniform()) < x * x * 0.5 + d * (1 - v + Math.log(v))) return d * v;
  }
}

function byInversion(n: number, p: number, random: Random): number {
  const odds = p / (1 - p);
  let density = (1 - p) ** n;
  let left = random.uniform() - density;
  let k = 0;
  for (; left >= 0 && k < n; left -= density) {
    density *= (odds * (n - k)) / (k + 1);
    k++;
  }
  return k;
}

function byRejection(n: number, p: number, random: Random): number {
  const deviation = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const centre = n * p + 0.5;
  const squeeze = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * deviation;
  const logOdds = Math.log(p / (1 - p));
  const mode = Math.floor((n + 1) * p);
  for (;;) {
    const u = random.uniform() - 0.5;
    const v = 1 - random.uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + centre);
    if (k < 0 || k > n) continue;
    if (us >= 0.07 && v <= squeeze) return k;
    const bound = Math.log((v * alpha) / (a / (us * us) + b));
    if (bound <= logFactorialRatio(mode, k) + logFactorialRatio(n - mode, n - k) + (k - mode) * logOdds)
      return k;
  }
}

/** log(a! / b!) */
function logFactorialRatio(a: number, b: number): number {
  return a >= b ? logRising(1 + b, a - b) : -logRising(1 + a, b - a);
}
