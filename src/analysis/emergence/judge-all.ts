import type { Adjustment } from '../../domain/emergence.js';
import type { Emergence } from './emergence.js';
import { benjaminiHochberg, holm } from './multiple.js';
import { judge, type Judgement } from './verdict.js';

export interface AdjustedJudgement {
  readonly judgement: Judgement;
  /** Adjusted p-value that anything changes; null with too few steps, where nothing was tested. */
  readonly p: number | null;
}

const ADJUST: Readonly<Record<Adjustment, (pValues: readonly number[]) => number[]>> = {
  holm,
  benjamini_hochberg: benjaminiHochberg,
};

/**
 * Verdicts of all trajectories of one report, their tests for a change adjusted for one another: with many trajectories
 * without a change, some would seem to have one. Permutations limit the smallest p: about 999 for 28 trajectories.
 * @returns in the order given
 */
export function judgeAll(
  trajectories: readonly Pick<Emergence, 'comparison' | 'p' | 'judgement'>[],
  adjustment: Adjustment = 'holm',
): AdjustedJudgement[] {
  const tested = trajectories.flatMap(({ p }) => (p === null ? [] : [p]));
  const adjusted = ADJUST[adjustment](tested).values();
  return trajectories.map(({ comparison, p, judgement }) => {
    const next = p === null ? undefined : adjusted.next().value;
    return next === undefined
      ? { judgement, p: null }
      : { judgement: judge({ comparison, p: next }), p: next };
  });
}
