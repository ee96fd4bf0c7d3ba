import { neuronIndex, type NeuronIndex } from '../domain/ids.js';

/** How the effects of a neuron over prompts become one score: plus the unbiased standard deviation (released code). */
export const SCORE_RULES = ['mean+sd', 'mean'] as const;
export type ScoreRule = (typeof SCORE_RULES)[number];

/** Effects of neurons on pairs, whichever of the two runs faster in memory. */
export interface NeuronEffects {
  readonly effects: ArrayLike<number>;
  readonly pairs: number;
  /** `pair`: [pairs x neurons], as attribution gives them; `neuron`: [neurons x pairs], as exact patching does. */
  readonly rows: 'pair' | 'neuron';
}

/**
 * Ranking score of each neuron, summed in float64 (method section 4).
 * @returns [neurons]; null with fewer pairs than the rule needs: one, or two for a standard deviation
 */
export function scoreNeurons(
  { effects, pairs, rows }: NeuronEffects,
  rule: ScoreRule = 'mean+sd',
): Float64Array | null {
  if (pairs < (rule === 'mean' ? 1 : 2)) return null;
  const neurons = effects.length / pairs;
  const [neuronStride, pairStride] = rows === 'pair' ? [1, neurons] : [pairs, 1];
  return Float64Array.from({ length: neurons }, (_, neuron) => {
    const effect = (pair: number): number => effects[neuron * neuronStride + pair * pairStride] ?? NaN;
    let sum = 0;
    for (let pair = 0; pair < pairs; pair++) sum += effect(pair);
    const mean = sum / pairs;
    if (rule === 'mean') return mean;
    let squares = 0;
    for (let pair = 0; pair < pairs; pair++) squares += (effect(pair) - mean) ** 2;
    return mean + Math.sqrt(squares / (pairs - 1));
  });
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
