import { settled, type Emergence } from '../analysis/emergence/emergence.js';
import { judgeAll } from '../analysis/emergence/judge-all.js';
import { stepScale } from '../analysis/emergence/trajectory.js';
import { derivedSeed } from '../domain/random.js';
import { judgeEach, type JudgeEachParams } from './judge-threads.js';
import type { MeasuredTrajectory } from './trajectories.js';

/** Every p-value of one suite is adjusted so (Holm 1979): at most 5 % of suites have any false change. */
export const ADJUSTMENT = 'holm';

export interface JudgeSettings {
  /** Resamples of each bootstrap. */
  readonly samples: number;
  /** Permutations of each test; null: as many as the number of trajectories asks for. */
  readonly permutations: number | null;
  readonly seed: number;
}

/** A trajectory and what is concluded from it, given all others of the suite. */
export interface JudgedTrajectory {
  readonly trajectory: MeasuredTrajectory;
  readonly found: Emergence;
  /** Adjusted p-value that anything changes; null with too few steps to test. */
  readonly adjustedP: number | null;
}

const LEAST_PERMUTATIONS = 999;
/** The smallest p-value of so many permutations a trajectory stays below 0.05 when Holm multiplies it by their number. */
const PERMUTATIONS_PER_TRAJECTORY = 40;

/** Permutations of each test of so many trajectories. */
export function permutationsFor({ permutations }: JudgeSettings, trajectories: number): number {
  return permutations ?? Math.max(LEAST_PERMUTATIONS, PERMUTATIONS_PER_TRAJECTORY * trajectories - 1);
}

/**
 * Judges all trajectories of a suite, their p-values adjusted for one another (method section 10). Each trajectory has
 * random numbers of its own, so that the intervals of lags may take two as independent.
 * @throws what `judgeEach` throws
 */
export async function judgeSuite(
  trajectories: readonly MeasuredTrajectory[],
  settings: JudgeSettings,
  running: Omit<JudgeEachParams, 'jobs'>,
): Promise<JudgedTrajectory[]> {
  const permutations = permutationsFor(settings, trajectories.length);
  const alone = await judgeEach({
    ...running,
    jobs: trajectories.map(({ measured, name, seed }) => ({
      trajectory: measured,
      seed: derivedSeed(settings.seed, 'trajectory', seed, name),
      samples: settings.samples,
      permutations,
    })),
  });
  const adjusted = judgeAll(alone, ADJUSTMENT);
  return trajectories.flatMap((trajectory, i) => {
    const [one, all] = [alone[i], adjusted[i]];
    if (one === undefined || all === undefined) return [];
    const scale = stepScale(trajectory.measured.steps);
    return { trajectory, found: settled({ ...one, scale }, all.judgement), adjustedP: all.p };
  });
}
