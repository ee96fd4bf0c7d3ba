import { permutation, randomStream } from '../../domain/random.js';
import { spearman } from '../correlation.js';

export interface StepCorrelation {
  /** Steps at which both were measured. */
  readonly n: number;
  /** Spearman's coefficient over steps; null with fewer than three steps or where one does not vary. */
  readonly spearman: number | null;
  /** Two-sided permutation p-value. */
  readonly p: number | null;
  /** The same of the changes from step to step: two quantities that both rise correlate, whatever they have in common. */
  readonly ofChanges: number | null;
  readonly pOfChanges: number | null;
}

export interface StepCorrelationOptions {
  /** [steps] null where not measured */
  readonly x: readonly (number | null)[];
  /** [steps] null where not measured */
  readonly y: readonly (number | null)[];
  readonly seed: number;
  /** Default 999. */
  readonly permutations?: number;
}

/**
 * Correlation over checkpoints, such as of accuracy and its drop by knock-outs (method section 10). The permutation test
 * exchanges steps, so its p-value holds for changes rather than for levels, which depend on the step before.
 * @throws RangeError where the lengths differ
 */
export function stepCorrelation({ x, y, seed, permutations = 999 }: StepCorrelationOptions): StepCorrelation {
  if (x.length !== y.length) throw new RangeError(`${x.length} steps against ${y.length}`);
  const both = x.flatMap((value, i) => {
    const other = y[i];
    return value === null || other === null || other === undefined ? [] : [{ x: value, y: other }];
  });
  const changes = both.slice(1).map((pair, i) => ({
    x: pair.x - (both[i]?.x ?? NaN),
    y: pair.y - (both[i]?.y ?? NaN),
  }));
  const levels = test(both, { seed, permutations, purpose: 'levels' });
  const moves = test(changes, { seed, permutations, purpose: 'changes' });
  return {
    n: both.length,
    spearman: levels.coefficient,
    p: levels.p,
    ofChanges: moves.coefficient,
    pOfChanges: moves.p,
  };
}

function test(
  pairs: readonly { x: number; y: number }[],
  { seed, permutations, purpose }: { seed: number; permutations: number; purpose: string },
): { coefficient: number | null; p: number | null } {
  const xs = pairs.map((pair) => pair.x);
  const ys = pairs.map((pair) => pair.y);
  const coefficient = pairs.length < 3 ? null : spearman(xs, ys);
  if (coefficient === null) return { coefficient, p: null };
  const random = randomStream(seed, 'step correlation', purpose);
  let asFar = 1;
  for (let i = 0; i < permutations; i++) {
    const shuffled = Array.from(permutation(ys.length, random), (from) => ys[from] ?? 0);
    if (Math.abs(spearman(xs, shuffled) ?? 0) >= Math.abs(coefficient) * (1 - 1e-12)) asFar++;
  }
  return { coefficient, p: asFar / (permutations + 1) };
}
