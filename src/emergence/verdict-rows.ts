import type { Comparison, ModelFit } from '../analysis/emergence/compare.js';
import { levels } from '../analysis/emergence/trajectory.js';
import { CURVES, MODELS, PARTS, type Model } from '../domain/emergence.js';
import type { RowOf } from '../store/schema/tables.js';
import type { JudgedTrajectory } from './judge-suite.js';

/** What names a trajectory in every table. */
function keyOf(suite: string, { trajectory: { seed, name } }: JudgedTrajectory) {
  return { suite, seed, trajectory: name };
}

/** The verdict on a trajectory, as a row. */
export function verdictRow(suite: string, judged: JudgedTrajectory): RowOf<'emergence'> {
  const { trajectory, found, adjustedP } = judged;
  const { quantity, operator, preset, promptSet, family, measured } = trajectory;
  const { judgement, logistic, isotonic } = found;
  const steps = Array.from(measured.steps);
  const trials = 'values' in measured ? [] : Array.from(measured.trials);
  return {
    ...keyOf(suite, judged),
    quantity,
    operator,
    preset,
    prompt_set: promptSet,
    target: family === null ? null : 'any',
    family,
    verdict: judgement.verdict,
    null_reason: judgement.nullReason,
    abrupt_over_gradual: judgement.abruptOverGradual,
    p: found.p,
    p_adjusted: adjustedP,
    declines: found.declines,
    rate: logistic.rate,
    rise: logistic.rise,
    floor: logistic.floor,
    isotonic_rate: isotonic.rate,
    isotonic_rise: isotonic.rise,
    n_steps: steps.length,
    first_step: Math.min(...steps),
    last_step: Math.max(...steps),
    noise: 'values' in measured ? 'normal' : 'beta_binomial',
    smallest_n: trials.length === 0 ? null : Math.min(...trials),
    largest_n: trials.length === 0 ? null : Math.max(...trials),
    chance_subtracted: 'chance' in measured,
  };
}

/** Onset and half-way of both curves. */
export function timeRows(suite: string, judged: JudgedTrajectory): RowOf<'emergence_times'>[] {
  return CURVES.flatMap((curve) =>
    PARTS.map((part) => {
      const { step, nullReason, low, high } = judged.found[curve][part];
      return {
        ...keyOf(suite, judged),
        curve,
        part,
        step,
        null_reason: nullReason,
        low: low.step,
        low_null_reason: low.nullReason,
        high: high.step,
        high_null_reason: high.nullReason,
      };
    }),
  );
}

/** How well each model explains a trajectory; nothing with too few steps. */
export function modelRows(suite: string, judged: JudgedTrajectory): RowOf<'emergence_models'>[] {
  const { comparison } = judged.found;
  if (comparison === null) return [];
  const fits = allFits(comparison);
  const best = Math.min(...MODELS.map((model) => fits[model].aicc));
  const share = (model: Model) => Math.exp((best - fits[model].aicc) / 2);
  const total = MODELS.reduce((sum, model) => sum + share(model), 0);
  return MODELS.map((model) => ({
    ...keyOf(suite, judged),
    model,
    k: fits[model].parameterCount,
    n: comparison.measured.t.length,
    log_likelihood: fits[model].logLikelihood,
    aicc: fits[model].aicc,
    delta: fits[model].aicc - best,
    weight: share(model) / total,
  }));
}

function allFits({ models, declining }: Comparison): Readonly<Record<Model, ModelFit>> {
  return {
    ...models,
    change_point_moving_on: declining.changePoint,
    logistic_moving_on: declining.logistic,
  };
}

/** Measured and fitted levels of every step. */
export function levelRows(suite: string, judged: JudgedTrajectory): RowOf<'emergence_levels'>[] {
  const { measured } = judged.trajectory;
  const { comparison, declines } = judged.found;
  const ways = declines ? comparison?.declining : comparison?.plain;
  const counts = 'values' in measured ? null : measured;
  return Array.from(levels(measured), (level, i) => ({
    ...keyOf(suite, judged),
    step: measured.steps[i] ?? 0,
    level,
    successes: counts?.successes[i] ?? null,
    trials: counts?.trials[i] ?? null,
    chance: counts?.chance?.[i] ?? null,
    logistic: ways?.logistic.levels[i] ?? null,
    change_point: ways?.changePoint.levels[i] ?? null,
    line: comparison?.models.line.levels[i] ?? null,
    power_law: comparison?.models.power_law.levels[i] ?? null,
  }));
}
