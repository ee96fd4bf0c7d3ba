import type { Curve } from './curves.js';
import type { Noise } from './noise.js';

export interface Fit {
  readonly parameters: readonly number[];
  /** Spread of the noise, see `Noise`. */
  readonly dispersion: number;
  readonly logLikelihood: number;
  /** [steps] levels of the curve */
  readonly levels: Float64Array;
}

export interface FitOptions {
  readonly curve: Curve;
  /** [steps] octaves */
  readonly t: Float64Array;
  readonly noise: Noise;
  /** Kept as it is where given; else fitted, too. */
  readonly dispersion?: number;
  /** Where to begin. Default: the curve's own starts. */
  readonly starts?: readonly (readonly number[])[];
  /** Gain of log-likelihood that is worth another iteration. Default 1e-11. */
  readonly tolerance?: number;
}

/** Tolerance at which the starts race; only the winner goes on. */
const ROUGH = 1e-3;
const MAX_ITERATIONS = 200;
/** Iterations that must gain less than the tolerance, one after the other, in an exact fit. */
const IDLE = 3;

/** Maximum-likelihood fit of a curve, the best of several starts (Levenberg 1944, Marquardt 1963; within ranges). */
export function fitCurve(options: FitOptions): Fit {
  const { curve, starts = curve.starts, tolerance = 1e-11 } = options;
  let best: Fit | null = null;
  for (const start of starts) {
    const fit = climb(options, start, starts.length === 1 ? tolerance : Math.max(tolerance, ROUGH));
    if (best === null || fit.logLikelihood > best.logLikelihood) best = fit;
  }
  if (best === null) throw new RangeError('a fit needs a start');
  return starts.length === 1 || tolerance >= ROUGH ? best : climb(options, best.parameters, tolerance);
}

function climb(
  { curve, t, noise, dispersion: fixed }: FitOptions,
  start: readonly number[],
  tolerance: number,
): Fit {
  const size = start.length;
  const inRange = (value: number, j: number) =>
    Math.max(curve.low[j] ?? -Infinity, Math.min(curve.high[j] ?? Infinity, value));
  const draw = (parameters: readonly number[]) => t.map((x) => curve.value(x, parameters));
  const jacobian = new Float64Array(t.length * size);
  const score = new Float64Array(t.length);
  const information = new Float64Array(t.length);
  let parameters: readonly number[] = start.map(inRange);
  let levels = draw(parameters);
  let dispersion = fixed ?? noise.dispersion(levels, noise.dispersion(levels, null));
  let likelihood = noise.logLikelihood(levels, dispersion);
  let damping = 1e-3;
  const enough = tolerance < ROUGH ? IDLE : 1;
  for (let iteration = 0, idle = 0; iteration < MAX_ITERATIONS && idle < enough; iteration++) {
    const before = likelihood;
    noise.slopes(levels, dispersion, score, information);
    for (let i = 0; i < t.length; i++) curve.gradient(t[i] ?? 0, parameters, jacobian, i * size);
    const { gradient, normal } = equations(jacobian, score, information, size);
    // A parameter at the end of its range that is pushed further stays there.
    const free = parameters.map((value, j) =>
      (gradient[j] ?? 0) > 0 ? value < (curve.high[j] ?? Infinity) : value > (curve.low[j] ?? -Infinity),
    );
    for (let tries = 0; tries < 12; tries++) {
      const step = solve(normal, gradient, free, damping);
      const next = parameters.map((value, j) => inRange(value + (step[j] ?? 0), j));
      const nextLevels = draw(next);
      const nextLikelihood = noise.logLikelihood(nextLevels, dispersion);
      if (nextLikelihood >= likelihood) {
        [parameters, levels, likelihood] = [next, nextLevels, nextLikelihood];
        damping = Math.max(1e-9, damping / 8);
        break;
      }
      damping = Math.min(1e12, damping * 6);
    }
    if (fixed === undefined) {
      dispersion = noise.dispersion(levels, dispersion);
      likelihood = noise.logLikelihood(levels, dispersion);
    }
    idle = likelihood - before < tolerance ? idle + 1 : 0;
  }
  return { parameters, dispersion, logLikelihood: likelihood, levels };
}

/** Gradient J' score and normal matrix J' W J. @param jacobian [steps, size] */
function equations(
  jacobian: Float64Array,
  score: Float64Array,
  information: Float64Array,
  size: number,
): { gradient: number[]; normal: number[][] } {
  const gradient = new Array<number>(size).fill(0);
  const normal = gradient.map(() => new Array<number>(size).fill(0));
  for (let i = 0; i < score.length; i++)
    for (let j = 0; j < size; j++) {
      const slope = jacobian[i * size + j] ?? 0;
      if (slope === 0) continue;
      gradient[j] = (gradient[j] ?? 0) + slope * (score[i] ?? 0);
      const row = normal[j] ?? [];
      const weighted = slope * (information[i] ?? 0);
      for (let m = 0; m <= j; m++) row[m] = (row[m] ?? 0) + weighted * (jacobian[i * size + m] ?? 0);
    }
  return { gradient, normal };
}

/** Solves (A + damping diag A) x = b over the free rows by Cholesky's decomposition; 0 elsewhere. A: lower triangle. */
function solve(
  a: readonly (readonly number[])[],
  b: readonly number[],
  free: readonly boolean[],
  damping: number,
): number[] {
  const at = free.flatMap((is, j) => (is && (a[j]?.[j] ?? 0) > 0 ? [j] : []));
  const lower: number[][] = [];
  const y: number[] = [];
  for (const [r, j] of at.entries()) {
    const row: number[] = [];
    for (let c = 0; c <= r; c++) {
      const m = at[c] ?? 0;
      let sum = (a[j]?.[m] ?? 0) * (c === r ? 1 + damping : 1);
      for (let q = 0; q < c; q++) sum -= (row[q] ?? 0) * ((c === r ? row : lower[c])?.[q] ?? 0);
      row.push(c === r ? Math.sqrt(Math.max(sum, 1e-12 * (a[j]?.[j] ?? 0))) : sum / (lower[c]?.[c] ?? 1));
    }
    lower.push(row);
    y.push(row.slice(0, r).reduce((sum, value, q) => sum - value * (y[q] ?? 0), b[j] ?? 0) / (row[r] ?? 1));
  }
  const x = new Array<number>(b.length).fill(0);
  for (let r = at.length - 1; r >= 0; r--) {
    let sum = y[r] ?? 0;
    for (let q = r + 1; q < at.length; q++) sum -= (lower[q]?.[r] ?? 0) * (x[at[q] ?? 0] ?? 0);
    x[at[r] ?? 0] = sum / (lower[r]?.[r] ?? 1);
  }
  return x;
}
