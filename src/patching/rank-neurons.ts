import { neuronIndex, type NeuronIndex } from '../domain/ids.js';

/** How the effects of a neuron over prompts become one score: plus the unbiased standard deviation (released code). */
export type ScoreRule = 'mean+sd' | 'mean';

/** Effects of neurons on pairs, whichever of the two runs faster in memory. */
export interface NeuronEffects {
  readonly effects: ArrayLike<number>;
  readonly pairs: number;
  /** `pair`: [pairs x neurons], as attribution gives them; `neuron`: [neurons x pairs], as exact patching does. */
  readonly rows: 'pair' | 'neuron';
}

/** Each neuron's effect over pairs, [neurons]. */
export interface NeuronStatistics {
  readonly mean: Float64Array;
  /** Unbiased; null with one pair. */
  readonly sd: Float64Array | null;
}

/** Mean and standard deviation of each neuron's effects, summed in float64. @returns null without pairs */
export function neuronStatistics({ effects, pairs, rows }: NeuronEffects): NeuronStatistics | null {
  if (pairs === 0) return null;
  const neurons = effects.length / pairs;
  const [neuronStride, pairStride] = rows === 'pair' ? [1, neurons] : [pairs, 1];
  const total = (of: (effect: number, neuron: number) => number): Float64Array =>
    Float64Array.from({ length: neurons }, (_, neuron) => {
      let sum = 0;
      for (let pair = 0; pair < pairs; pair++)
        sum += of(effects[neuron * neuronStride + pair * pairStride] ?? NaN, neuron);
      return sum;
    });
  const mean = total((effect) => effect).map((sum) => sum / pairs);
  const squares = total((effect, neuron) => (effect - (mean[neuron] ?? NaN)) ** 2);
  return { mean, sd: pairs < 2 ? null : squares.map((sum) => Math.sqrt(sum / (pairs - 1))) };
}

/**
 * Ranking score of each neuron (method section 4).
 * @returns [neurons]; null where the rule needs a standard deviation and there is none
 */
export function scoreNeurons({ mean, sd }: NeuronStatistics, rule: ScoreRule): Float64Array | null {
  if (rule === 'mean') return mean;
  return sd && mean.map((value, neuron) => value + (sd[neuron] ?? NaN));
}

/**
 * The k neurons of a layer with the largest scores, largest first; ties go to the lower index.
 * @param scores [d_mlp]
 * @throws RangeError when a score is not a number
 */
export function topNeurons(scores: ArrayLike<number>, k: number): NeuronIndex[] {
  const order = Array.from(scores, (score, neuron) => ({ score, neuron }));
  if (order.some(({ score }) => Number.isNaN(score))) throw new RangeError('a score is not a number');
  return order
    .sort((a, b) => b.score - a.score || a.neuron - b.neuron)
    .slice(0, k)
    .map(({ neuron }) => neuronIndex(neuron));
}
