import { digammaRise, logRising } from './log-gamma.js';
import { levels, type CountTrajectory, type Trajectory } from './trajectory.js';

/** How far a measured level may lie from a curve: a likelihood with one parameter for the spread. */
export interface Noise {
  /** @param curve [steps] levels that the curve predicts */
  logLikelihood(curve: Float64Array, dispersion: number): number;
  /** Derivative of the log-likelihood by each predicted level, and the information about it. Both are written to. */
  slopes(curve: Float64Array, dispersion: number, score: Float64Array, information: Float64Array): void;
  /** A better dispersion for this curve, near the one given or, without one, from anywhere. */
  dispersion(curve: Float64Array, from: number | null): number;
  /** Range that predicted levels may lie in. */
  readonly low: number;
  readonly high: number;
}

/** Counts: beta-binomial; values: normal with equal variance. */
export function noiseOf(trajectory: Trajectory): Noise {
  const observed = levels(trajectory);
  return 'values' in trajectory ? normalNoise(observed) : betaBinomialNoise(trajectory);
}

/** Dispersion: the variance, its maximum-likelihood estimate. */
function normalNoise(observed: Float64Array): Noise {
  const size = Math.max(...observed) - Math.min(...observed);
  // A perfect fit would have an infinite likelihood.
  const smallest = size > 0 ? (1e-6 * size) ** 2 : 1e-12;
  const squares = (curve: Float64Array) =>
    observed.reduce((sum, level, i) => sum + (level - (curve[i] ?? 0)) ** 2, 0);
  return {
    low: Math.min(...observed) - 2 * size,
    high: Math.max(...observed) + 2 * size,
    logLikelihood: (curve, variance) =>
      -0.5 * (observed.length * Math.log(2 * Math.PI * variance) + squares(curve) / variance),
    slopes: (curve, variance, score, information) => {
      for (let i = 0; i < observed.length; i++) {
        score[i] = ((observed[i] ?? 0) - (curve[i] ?? 0)) / variance;
        information[i] = 1 / variance;
      }
    },
    dispersion: (curve) => Math.max(smallest, squares(curve) / observed.length),
  };
}

/** No probability is nearer to 0 or 1, so that no single answer rules a curve out. */
const SMALLEST_SHARE = 1e-6;
/** From binomial to every checkpoint all or none. */
const LOG_DISPERSION = { low: -26, high: 4 };

/**
 * Beta-binomial: each checkpoint's own share strays about the curve's p with variance p (1 - p) d / (1 + d), then
 * prompts are drawn. Dispersion d = 1 / (alpha + beta); 0 would be the binomial distribution.
 */
export function betaBinomialNoise({ successes, trials, chance }: CountTrajectory): Noise {
  const k = numbers(successes);
  const n = numbers(trials);
  const offset = chance === undefined ? new Float64Array(k.length) : numbers(chance);
  const choose = k.map((of, i) => logRising(1 + of, (n[i] ?? 0) - of) - logRising(1, (n[i] ?? 0) - of));
  const share = (curve: Float64Array, i: number) =>
    Math.max(SMALLEST_SHARE, Math.min(1 - SMALLEST_SHARE, (curve[i] ?? 0) + (offset[i] ?? 0)));
  // The same for all curves of one dispersion, which fits try one after the other.
  let wholesOf = NaN;
  const wholes = new Float64Array(n.length);
  const logLikelihood = (curve: Float64Array, dispersion: number): number => {
    const total = 1 / dispersion;
    if (dispersion !== wholesOf) {
      wholes.set(n.map((all) => logRising(total, all)));
      wholesOf = dispersion;
    }
    let sum = 0;
    for (let i = 0; i < k.length; i++) {
      const p = share(curve, i);
      const right = k[i] ?? 0;
      const all = n[i] ?? 0;
      sum +=
        (choose[i] ?? 0) +
        logRising(p * total, right) +
        logRising((1 - p) * total, all - right) -
        (wholes[i] ?? 0);
    }
    return sum;
  };
  return {
    low: -Math.max(...offset),
    high: 1 - Math.min(...offset),
    logLikelihood,
    slopes: (curve, dispersion, score, information) => {
      const total = 1 / dispersion;
      for (let i = 0; i < k.length; i++) {
        const p = share(curve, i);
        const right = k[i] ?? 0;
        const all = n[i] ?? 0;
        const slope = total * (digammaRise(p * total, right) - digammaRise((1 - p) * total, all - right));
        // Beyond the smallest share nothing is gained or lost.
        const outward = slope < 0 ? p === SMALLEST_SHARE : p === 1 - SMALLEST_SHARE;
        score[i] = outward ? 0 : slope;
        information[i] = all / (p * (1 - p) * (1 + ((all - 1) * dispersion) / (1 + dispersion)));
      }
    },
    dispersion: (curve, from) => searchDispersion((log) => logLikelihood(curve, Math.exp(log)), from),
  };
}

/** A copy only where it must be: bootstraps ask thousands of times. */
function numbers(values: ArrayLike<number>): Float64Array {
  return values instanceof Float64Array ? values : Float64Array.from(values);
}

/** One guarded Newton step on the log of the dispersion; without a start, from the best of a coarse grid. */
function searchDispersion(likelihood: (logDispersion: number) => number, from: number | null): number {
  const { low, high } = LOG_DISPERSION;
  let at = from === null ? low : Math.log(from);
  let best = likelihood(at);
  if (from === null)
    for (let log = low + 2; log <= high; log += 2) {
      const value = likelihood(log);
      if (value > best) [at, best] = [log, value];
    }
  const h = 1e-3;
  const above = likelihood(at + h);
  const below = likelihood(at - h);
  const slope = (above - below) / (2 * h);
  const curvature = (above - 2 * best + below) / (h * h);
  let step = curvature < 0 ? Math.max(-1.5, Math.min(1.5, -slope / curvature)) : 1.5 * Math.sign(slope);
  for (let halvings = 0; halvings < 8; halvings++, step /= 2) {
    const next = Math.max(low, Math.min(high, at + step));
    if (likelihood(next) > best) return Math.exp(next);
  }
  return Math.exp(at);
}
