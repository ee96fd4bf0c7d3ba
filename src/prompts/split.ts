import type { PromptTable } from '../domain/prompt.js';
import { permutation, randomStream } from '../domain/random.js';
import type { SplitSpec } from '../domain/split.js';

/**
 * Which prompts of a universe the training saw; equal for all seeds of a suite.
 * @param universe its order must be that of `buildUniverse`
 * @returns [count] 1 for train, 0 for held out
 */
export function trainMask(universe: PromptTable, spec: SplitSpec): Uint8Array {
  const keys = Array.from(universe.op1, (op1, i) => {
    const op2 = universe.op2[i] ?? 0;
    return spec.by === 'unordered_pair' && op1 > op2 ? `${op2},${op1}` : `${op1},${op2}`;
  });
  const distinct = [...new Set(keys)];
  const order = permutation(distinct.length, randomStream(spec.seed, 'split', universe.operator));
  const train = new Set(
    [...order.subarray(0, Math.round(distinct.length * spec.trainShare))].map((i) => distinct[i]),
  );
  return Uint8Array.from(keys, (key) => (train.has(key) ? 1 : 0));
}
