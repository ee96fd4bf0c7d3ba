import { stepCorrelation } from '../analysis/emergence/step-correlation.js';
import { levels, type Trajectory } from '../analysis/emergence/trajectory.js';
import { derivedSeed } from '../domain/random.js';
import type { RowOf } from '../store/schema/tables.js';
import type { MeasuredTrajectory } from './trajectories.js';

function levelsByStep(measured: Trajectory): ReadonlyMap<number, number> {
  const values = levels(measured);
  return new Map(Array.from(measured.steps, (step, i) => [step, values[i] ?? NaN] as const));
}

export interface CorrelationOptions {
  readonly suite: string;
  readonly trajectories: readonly MeasuredTrajectory[];
  readonly permutations: number;
  readonly seed: number;
}

/** Correlation over steps of accuracy on the universe with the knock-out drop, per run, preset and operator. */
export function correlationRows({
  suite,
  trajectories,
  permutations,
  seed,
}: CorrelationOptions): RowOf<'emergence_correlations'>[] {
  return trajectories.flatMap((drop) => {
    const { operator, preset, seed: run, name } = drop;
    const accuracy = trajectories.find(
      (one) => one.promptSet === 'universe' && one.seed === run && one.operator === operator,
    );
    if (drop.quantity !== 'knockout_drop' || preset === null || accuracy === undefined) return [];
    const [right, dropped] = [levelsByStep(accuracy.measured), levelsByStep(drop.measured)];
    const steps = [...right.keys()];
    const found = stepCorrelation({
      x: steps.map((step) => right.get(step) ?? null),
      y: steps.map((step) => dropped.get(step) ?? null),
      seed: derivedSeed(seed, 'correlation', run, name),
      permutations,
    });
    return {
      suite,
      seed: run,
      preset,
      operator,
      n_steps: found.n,
      spearman: found.spearman,
      p: found.p,
      spearman_of_changes: found.ofChanges,
      p_of_changes: found.pOfChanges,
    };
  });
}
