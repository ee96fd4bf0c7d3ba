import { emergence, type Emergence } from '../analysis/emergence/emergence.js';
import type { Trajectory } from '../analysis/emergence/trajectory.js';

/** One trajectory to judge by itself: plain data, for any thread. */
export interface JudgeJob {
  readonly trajectory: Trajectory;
  readonly seed: number;
  readonly samples: number;
  readonly permutations: number;
}

/** What is found, without the functions of its scale, which no thread can send. */
export type Found = Omit<Emergence, 'scale'>;

/** Judges one trajectory. @throws RangeError for a trajectory that is not one */
export function judgeOne(job: JudgeJob): Found {
  const { comparison, p, judgement, declines, stepsToPeak, logistic, isotonic, resampled } = emergence(job);
  return { comparison, p, judgement, declines, stepsToPeak, logistic, isotonic, resampled };
}
