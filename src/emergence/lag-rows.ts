import { leadLag, type Lag } from '../analysis/emergence/lag.js';
import { holm } from '../analysis/emergence/multiple.js';
import { PARTS, type Part } from '../domain/emergence.js';
import { derivedSeed } from '../domain/random.js';
import type { RowOf } from '../store/schema/tables.js';
import type { JudgedTrajectory } from './judge-suite.js';

/** Accuracy on the whole universe and what is compared with it: classified neurons of the same run and operator. */
export interface LagPair {
  readonly accuracy: JudgedTrajectory;
  readonly other: JudgedTrajectory;
}

/** All pairs of a suite, in the order of the trajectories. */
export function lagPairs(judged: readonly JudgedTrajectory[]): LagPair[] {
  return judged.flatMap((other) => {
    const { quantity, seed, operator } = other.trajectory;
    const accuracy = judged.find(
      ({ trajectory }) =>
        trajectory.promptSet === 'universe' && trajectory.seed === seed && trajectory.operator === operator,
    );
    return quantity === 'classified' && accuracy !== undefined ? { accuracy, other } : [];
  });
}

const DIFFERENT_STEPS: Lag = { octaves: null, nullReason: 'different_steps', low: null, high: null, p: null };

export interface LagOptions {
  readonly suite: string;
  readonly pairs: readonly LagPair[];
  readonly permutations: number;
  readonly seed: number;
  /** Before each pair; may throw to stop, and lets signals in. */
  readonly onPair: () => Promise<void>;
}

/** How much later each trajectory is than the accuracy of its operator, p-values adjusted over all of them. */
export async function lagRows(options: LagOptions): Promise<RowOf<'emergence_lags'>[]> {
  const { suite, pairs, onPair } = options;
  const found: { pair: LagPair; part: Part; lag: Lag }[] = [];
  for (const pair of pairs) {
    await onPair();
    const lags = lagsOf(pair, options);
    for (const part of PARTS) found.push({ pair, part, lag: lags[part] });
  }
  const adjusted = holm(found.flatMap(({ lag: { p } }) => p ?? [])).values();
  return found.map(({ pair: { accuracy, other }, part, lag }) => ({
    suite,
    seed: other.trajectory.seed,
    trajectory: other.trajectory.name,
    against: accuracy.trajectory.name,
    part,
    octaves: lag.octaves,
    null_reason: lag.nullReason,
    low: lag.low,
    high: lag.high,
    p: lag.p,
    p_adjusted: lag.p === null ? null : (adjusted.next().value ?? null),
  }));
}

function lagsOf({ accuracy, other }: LagPair, { permutations, seed }: LagOptions): Record<Part, Lag> {
  const [first, second] = [Array.from(accuracy.trajectory.measured.steps), other.trajectory.measured.steps];
  if (first.length !== second.length || first.some((step, i) => step !== second[i]))
    return { onset: DIFFERENT_STEPS, halfway: DIFFERENT_STEPS };
  const { seed: run, name } = other.trajectory;
  const own = derivedSeed(seed, 'lag', run, name);
  return leadLag({ first: accuracy.found, second: other.found, seed: own, permutations });
}
