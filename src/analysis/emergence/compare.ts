import type { PlainModel } from '../../domain/emergence.js';
import {
  changePoint,
  changePointWithDecline,
  constant,
  line,
  logistic,
  logisticWithDecline,
  powerLaw,
  RISE_AT_RATE_1,
  type Curve,
  type LogisticLimits,
  type Measured,
} from './curves.js';
import { fitCurve, type Fit } from './fit.js';
import { noiseOf, type Noise } from './noise.js';
import { stepsBetween } from './times.js';
import { levels, stepScale, type Trajectory } from './trajectory.js';

/** Free parameters of each model, with the one for the spread of the noise. A change point's time counts as one. */
const PARAMETERS: Readonly<Record<PlainModel, number>> = {
  constant: 2,
  line: 3,
  power_law: 4,
  change_point: 4,
  logistic: 5,
};

/** How well a model explains a trajectory. */
export interface ModelFit extends Fit {
  /** Free parameters, the one for the spread counted in. */
  readonly parameterCount: number;
  /** -2 log L + 2 K + 2 K (K + 1) / (N - K - 1), N the number of steps (Hurvich and Tsai 1989). */
  readonly aicc: number;
}

/** A model of a comparison. */
export interface ComparedModel extends ModelFit {
  /** AICc less that of the best of the five models. */
  readonly delta: number;
  /** Akaike weight: share of exp(-delta / 2). */
  readonly weight: number;
}

/** Abrupt and gradual ways of one change. */
export interface Ways {
  /** Best logistic of any rate, [floor, ceiling, half-way, log rate, ...]: times are read off it. */
  readonly logistic: ModelFit;
  /** Best logistic among those slow enough that two measured steps lie within their rise. */
  readonly slowLogistic: ModelFit;
  readonly changePoint: ModelFit;
  /** The first step after the change point, as a number of the list of steps. */
  readonly changeAt: number;
  /** Measured steps within 10 % to 90 % of the logistic's rise. */
  readonly stepsInRise: number;
}

export interface Comparison {
  readonly measured: Measured;
  readonly models: Readonly<Record<PlainModel, ComparedModel>>;
  /** To a level that stays. */
  readonly plain: Ways;
  /** The same with a straight course after the change, such as a decline after a peak. */
  readonly declining: Ways;
}

/** Fewest steps that models can be told apart by: with a decline, AICc of a logistic needs eight. */
export const MIN_STEPS = 10;

/**
 * Fits the models of method section 10 (change point, logistic, power law, straight line, constant) by maximum
 * likelihood. The sample size of AICc is the number of steps, not of prompts: each checkpoint is one observation of the
 * curve, and the prompts' noise is in the likelihood.
 * @throws RangeError with fewer than 10 steps
 */
export function compareModels(trajectory: Trajectory): Comparison {
  const { toOctaves } = stepScale(trajectory.steps);
  const t = Float64Array.from(trajectory.steps, toOctaves);
  if (t.length < MIN_STEPS) throw new RangeError(`${t.length} steps, ${MIN_STEPS} are needed`);
  const noise = noiseOf(trajectory);
  const measured: Measured = { t, level: levels(trajectory), low: noise.low, high: noise.high };
  const candidates = likelyChanges(measured, noise);
  const plain = fitWays({ measured, noise, candidates, change: changePoint, rise: logistic, extra: 0 });
  const fits = {
    constant: fitModel(constant(measured), PARAMETERS.constant, measured, noise),
    line: fitModel(line(measured), PARAMETERS.line, measured, noise),
    power_law: fitModel(powerLaw(measured), PARAMETERS.power_law, measured, noise),
    change_point: plain.changePoint,
    logistic: plain.logistic,
  };
  const best = Math.min(...Object.values(fits).map((one) => one.aicc));
  const total = Object.values(fits).reduce((sum, one) => sum + Math.exp((best - one.aicc) / 2), 0);
  const weigh = (one: ModelFit): ComparedModel => ({
    ...one,
    delta: one.aicc - best,
    weight: Math.exp((best - one.aicc) / 2) / total,
  });
  return {
    measured,
    models: {
      constant: weigh(fits.constant),
      line: weigh(fits.line),
      power_law: weigh(fits.power_law),
      change_point: weigh(fits.change_point),
      logistic: weigh(fits.logistic),
    },
    plain,
    declining: fitWays({
      measured,
      noise,
      candidates,
      change: changePointWithDecline,
      rise: logisticWithDecline,
      extra: 1,
    }),
  };
}

function fitModel(
  curve: Curve,
  parameterCount: number,
  { t }: Measured,
  noise: Noise,
  starts = curve.starts,
): ModelFit {
  const fit = fitCurve({ curve, t, noise, starts });
  const k = parameterCount;
  const aicc = -2 * fit.logLikelihood + 2 * k + (2 * k * (k + 1)) / (t.length - k - 1);
  return { ...fit, parameterCount, aicc };
}

interface WaysOptions {
  readonly measured: Measured;
  readonly noise: Noise;
  /** Numbers of the steps that a change may come before. */
  readonly candidates: readonly number[];
  readonly change: (measured: Measured, first: number) => Curve;
  readonly rise: (measured: Measured, limits?: LogisticLimits) => Curve;
  /** Parameters beyond those of a change point and a logistic. */
  readonly extra: number;
}

function fitWays({ measured, noise, candidates, change, rise, extra }: WaysOptions): Ways {
  const { t } = measured;
  const changes = candidates.map((first) => ({
    first,
    fit: fitModel(change(measured, first), PARAMETERS.change_point + extra, measured, noise),
  }));
  const abrupt = changes.reduce((best, one) => (one.fit.logLikelihood > best.fit.logLikelihood ? one : best));
  const [before = 0, after = 0, ...decline] = abrupt.fit.parameters;
  const between = ((t[abrupt.first - 1] ?? 0) + (t[abrupt.first] ?? 0)) / 2;
  const curve = rise(measured);
  const steep = [before, after, between, curve.high[3] ?? 0, ...decline];
  const parameterCount = PARAMETERS.logistic + extra;
  const free = fitModel(curve, parameterCount, measured, noise, [...curve.starts, steep]);
  const stepsInRise = stepsWithin(free, t);
  const slow = stepsInRise >= 2 ? null : rise(measured, slowLimits(free, t));
  return {
    logistic: free,
    slowLogistic:
      slow === null
        ? free
        : fitModel(slow, parameterCount, measured, noise, [...slow.starts, free.parameters]),
    changePoint: abrupt.fit,
    changeAt: abrupt.first,
    stepsInRise,
  };
}

function stepsWithin({ parameters: [, , middle = 0, log = 0] }: Fit, t: Float64Array): number {
  const half = RISE_AT_RATE_1 / Math.exp(log) / 2;
  return stepsBetween(middle - half, middle + half, t);
}

/** Limits of logistics that take at least twice the time between the two steps about the middle of a quick one. */
function slowLimits({ parameters: [, , middle = 0] }: Fit, t: Float64Array): LogisticLimits {
  const passed = t.findIndex((x) => x >= middle);
  const after = passed < 0 ? t.length - 1 : Math.max(1, passed);
  const [from, to] = [t[after - 1] ?? 0, t[after] ?? 0];
  return { quickest: 2 * (to - from), halfway: [2 * from - to, 2 * to - from] };
}

const CANDIDATES = 4;

/** The few most likely change points by the segments' means, as numbers of the first step after. */
function likelyChanges(measured: Measured, noise: Noise): number[] {
  const { t } = measured;
  const changes = Array.from(t.subarray(1), (_, i) => {
    const curve = changePoint(measured, i + 1);
    const [means = []] = curve.starts;
    const segments = t.map((time) => curve.value(time, means));
    const dispersion = noise.dispersion(segments, noise.dispersion(segments, null));
    return { first: i + 1, likelihood: noise.logLikelihood(segments, dispersion) };
  });
  const ranked = changes.sort((a, b) => b.likelihood - a.likelihood);
  return ranked.slice(0, CANDIDATES).map(({ first }) => first);
}
