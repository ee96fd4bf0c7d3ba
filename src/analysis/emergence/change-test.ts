import { permutation, randomStream } from '../../domain/random.js';
import { explainedByRise } from './isotonic.js';

export interface ChangeTest {
  /** Share of permutations with at least as regular a course, the measured one counted in; never 0. */
  readonly p: number;
  /** 1 where the levels rise rather than fall. */
  readonly direction: 1 | -1;
}

/**
 * Does anything change? Spread of the levels that the nearest curve explains which rises, falls, or rises and falls after
 * (Bartholomew 1959; umbrella order of Mack and Wolfe 1981), against the same levels with the steps permuted: without a
 * change the steps are exchangeable.
 * @param level [steps] finite
 */
export function changeTest(
  level: Float64Array,
  { permutations, seed }: { readonly permutations: number; readonly seed: number },
): ChangeTest {
  const random = randomStream(seed, 'change test');
  const mean = level.reduce((sum, value) => sum + value, 0) / level.length;
  const centred = level.map((value) => value - mean);
  const measured = explainedByUmbrella(centred);
  let asMuch = 1;
  for (let i = 0; i < permutations; i++) {
    const shuffled = Float64Array.from(permutation(level.length, random), (from) => centred[from] ?? 0);
    if (explainedByUmbrella(shuffled) >= measured * (1 - 1e-12)) asMuch++;
  }
  const rises = explainedByRise(centred).at(-1) ?? 0;
  const falls = explainedByRise(centred.toReversed()).at(-1) ?? 0;
  return { p: asMuch / (permutations + 1), direction: rises >= falls ? 1 : -1 };
}

/** Over all places of the peak. @param values [steps] of mean 0 */
function explainedByUmbrella(values: Float64Array): number {
  const rising = explainedByRise(values);
  const falling = explainedByRise(values.toReversed());
  let most = falling.at(-1) ?? 0;
  for (let i = 0; i < values.length; i++)
    most = Math.max(most, (rising[i] ?? 0) + (falling[values.length - 2 - i] ?? 0));
  return most;
}
