import type { Finding } from '../domain/audit-finding.js';
import type { RunFacts, StepCheckpoint } from './facts.js';
import { finding } from './finding.js';

/**
 * Correlations of the picked values of two checkpoints, of all matrices together. What was drawn independently has 0,
 * give or take 0.05 for so few values; a step by which weights grow at most threefold leaves a third or more.
 */
const UNRELATED = 0.2;
const RELATED = 0.5;
const MOST_GROWTH = 3;
/** Fewer values could fall on either side of `UNRELATED` by chance. */
const LEAST_VALUES = 400;

/**
 * Whether a run goes on from its first checkpoint: its values have nothing to do with those of the next, though the next
 * is plainly the same training as the one after it, which is as far from it in steps, or farther. It shows only where
 * steps near the beginning are audited. The finding is about the second of the three.
 * @param explained steps that are known to be wrong already; they are left out
 */
export function unrelatedFindings(run: RunFacts, explained: ReadonlySet<number>): Finding[] {
  const sound = run.checkpoints.filter(({ step, tensors }) => tensors !== null && !explained.has(step));
  const [first, second, third] = sound;
  if (first === undefined || second === undefined || third === undefined) return [];
  // After many steps any training has forgotten its beginning.
  if (second.step - first.step > 2 * (third.step - second.step)) return [];
  const [before, after] = [correlation(first, second), correlation(second, third)];
  if (before === null || after === null || Math.abs(before) > UNRELATED || after < RELATED) return [];
  const evidence = `its matrices correlate by ${before.toFixed(2)} with step ${first.step} and by ${after.toFixed(2)} with step ${third.step}`;
  return [finding({ seed: run.seed, step: second.step, kind: 'unrelated_run', evidence })];
}

/**
 * Mean cosine of the picked values of a matrix, which lie about 0, each matrix counted by its values. One that grew more
 * than threefold is left out: what moves far from a small beginning forgets it, and is the same training all the same.
 * @returns null where too few values are left
 */
function correlation(a: StepCheckpoint, b: StepCheckpoint): number | null {
  let [sum, count] = [0, 0];
  for (const [name, { shape, values }] of a.tensors ?? []) {
    const x = values?.picked ?? new Float32Array();
    const y = b.tensors?.get(name)?.values?.picked ?? new Float32Array();
    const [xx, yy] = [dot(x, x), dot(y, y)];
    const growth = Math.sqrt(yy / xx);
    if (shape.length < 2 || x.length !== y.length || !(growth > 1 / MOST_GROWTH && growth < MOST_GROWTH))
      continue;
    sum += (x.length * dot(x, y)) / Math.sqrt(xx * yy);
    count += x.length;
  }
  return count < LEAST_VALUES ? null : sum / count;
}

function dot(x: Float32Array, y: Float32Array): number {
  return x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
}
