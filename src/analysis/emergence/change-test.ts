import { randomStream, shuffle } from '../../domain/random.js';
import { explainedByRise, riseExplainer } from './isotonic.js';

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
  const explained = umbrellaExplainer(level.length);
  const measured = explained(centred);
  const shuffled = new Float64Array(level.length);
  let asMuch = 1;
  for (let i = 0; i < permutations; i++) {
    shuffled.set(centred);
    if (explained(shuffle(shuffled, random)) >= measured * (1 - 1e-12)) asMuch++;
  }
  const rises = explainedByRise(centred).at(-1) ?? 0;
  const falls = explainedByRise(centred.toReversed()).at(-1) ?? 0;
  return { p: asMuch / (permutations + 1), direction: rises >= falls ? 1 : -1 };
}

/** What the nearest umbrella explains of n values of mean 0, over all places of its peak; for many sequences. */
function umbrellaExplainer(n: number): (values: Float64Array) => number {
  const explain = riseExplainer(n);
  const rising = new Float64Array(n);
  const falling = new Float64Array(n);
  const backwards = new Float64Array(n);
  return (values) => {
    explain(values, rising);
    for (let i = 0; i < n; i++) backwards[i] = values[n - 1 - i] ?? 0;
    explain(backwards, falling);
    let most = falling[n - 1] ?? 0;
    for (let i = 0; i < n; i++) most = Math.max(most, (rising[i] ?? 0) + (falling[n - 2 - i] ?? 0));
    return most;
  };
}
