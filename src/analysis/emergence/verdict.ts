import type { NoVerdict, Verdict } from '../../domain/emergence.js';
import type { Comparison, Ways } from './compare.js';

export interface Judgement {
  readonly verdict: Verdict;
  /** Why it is `undetermined`; null otherwise. */
  readonly nullReason: NoVerdict | null;
  /** AICc of the best gradual model less that of the best abrupt one: positive speaks for abrupt; null without models. */
  readonly abruptOverGradual: number | null;
}

export interface JudgeOptions {
  /** Null with too few steps. */
  readonly comparison: Comparison | null;
  /** p-value that anything changes (`changeTest`), adjusted where several trajectories are judged. */
  readonly p: number;
  /** Largest p that counts as a change. Default 0.05. */
  readonly alpha?: number;
  /** Least lead of the winner. Default 4: a likelihood ratio of e^2, so that few verdicts are false. */
  readonly margin?: number;
}

const MARGIN = 4;
const MIN_STEPS_PER_SIDE = 3;

/**
 * Gradual or abrupt (method section 10). Abrupt are a change point and a logistic whose rise from 10 % to 90 % lies
 * between two neighbouring steps; gradual are a straight line, a power law and logistics with two measured steps in
 * their rise. The winner must lead by the margin in AICc and in -2 log L alike: a verdict may rest neither on
 * flexibility nor on a smaller number of parameters alone. Where the level moves on after the change (`declines`),
 * change point and logistic do, too.
 */
export function judge({ comparison, p, alpha = 0.05, margin = MARGIN }: JudgeOptions): Judgement {
  if (comparison === null) return none('too_few_steps', null);
  const { models, measured } = comparison;
  const moving = declines(comparison, margin);
  const ways = moving ? comparison.declining : comparison.plain;
  const { logistic, slowLogistic, changePoint, stepsInRise, changeAt } = ways;
  const gradual = bestOf(moving ? [slowLogistic] : [slowLogistic, models.line, models.power_law]);
  const abrupt = bestOf(stepsInRise === 0 ? [changePoint, logistic] : [changePoint]);
  const ahead = gradual.aicc - abrupt.aicc;
  const likelier = 2 * (abrupt.logLikelihood - gradual.logLikelihood);
  const flat = !moving && models.constant.delta === 0;
  if (p > alpha && flat) return { verdict: 'no_change', nullReason: null, abruptOverGradual: ahead };
  if (p > alpha || flat) return none('rise_too_small', ahead);
  if (Math.min(ahead, likelier) < margin && Math.max(ahead, likelier) > -margin)
    return none('models_too_close', ahead);
  const winner = ahead > 0 ? abrupt : gradual;
  if (winner === slowLogistic ? stepsInRise < 2 : stepsInRise === 1 && winner.aicc - logistic.aicc >= margin)
    return none('steps_too_coarse', ahead);
  if (ahead < 0) return { verdict: 'gradual', nullReason: null, abruptOverGradual: ahead };
  return Math.min(changeAt, measured.t.length - changeAt) < MIN_STEPS_PER_SIDE
    ? none('too_few_steps', ahead)
    : { verdict: 'abrupt', nullReason: null, abruptOverGradual: ahead };
}

/** Whether the level goes back after its change: the models that can are ahead of the five by the margin. */
export function declines({ models, declining }: Comparison, margin = MARGIN): boolean {
  const moving = bestOf([declining.logistic, declining.changePoint]);
  const staying = bestOf([
    models.constant,
    models.line,
    models.power_law,
    models.change_point,
    models.logistic,
  ]);
  return moving.aicc + margin <= staying.aicc && goesBack(declining);
}

function goesBack({ logistic }: Ways): boolean {
  const [floor = 0, ceiling = 0, , , decline = 0] = logistic.parameters;
  return (ceiling - floor) * decline < 0;
}

function none(nullReason: NoVerdict, abruptOverGradual: number | null): Judgement {
  return { verdict: 'undetermined', nullReason, abruptOverGradual };
}

function bestOf<T extends { readonly aicc: number }>(fits: readonly [T, ...T[]]): T {
  return fits.reduce((best, fit) => (fit.aicc < best.aicc ? fit : best));
}
