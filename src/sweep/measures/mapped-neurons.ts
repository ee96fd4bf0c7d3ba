import { layerIndex, neuronIndex } from '../../domain/ids.js';
import type { FactOf } from '../../store/schema/tables.js';
import type { NeuronEffect } from './measure-attribution.js';
import type { MappedNeuron } from '../reference/reference-results.js';

export interface MappedNeuronsInput {
  /** How many, at most. */
  readonly most: number;
  /** Effects of the neurons to choose from; null ones were not measured. */
  readonly effects: readonly NeuronEffect[];
  /** The classification of one operator. */
  readonly classified: readonly FactOf<'neurons'>[];
}

type Scored = MappedNeuron & { readonly score: number };

/**
 * The neurons of one operator whose maps are kept: those with the largest score of their exact effect, where it was
 * taken of enough of them, else of their attribution; where effects were not measured, of their best heuristic
 * (method section 4, 7). At equal scores the lower layer and neuron stands first.
 */
export function mappedNeurons({ most, effects, classified }: MappedNeuronsInput): MappedNeuron[] {
  const exact = effects.flatMap(({ layer, neuron, exact: own }): Scored[] =>
    own === null ? [] : [{ layer, neuron, score: own.score, rankedBy: 'exact_effect' }],
  );
  const attributed = effects.flatMap(({ layer, neuron, score }): Scored[] =>
    score === null ? [] : [{ layer, neuron, score, rankedBy: 'attribution' }],
  );
  const matched = classified.flatMap(({ layer, neuron, best_score: score }): Scored[] =>
    score === null
      ? []
      : [{ layer: layerIndex(layer), neuron: neuronIndex(neuron), score, rankedBy: 'best_score' }],
  );
  const enough = exact.length >= Math.min(most, attributed.length);
  const ranked = attributed.length === 0 ? matched : enough ? exact : attributed;
  return ranked
    .sort((a, b) => b.score - a.score || a.layer - b.layer || a.neuron - b.neuron)
    .slice(0, most)
    .map(({ layer, neuron, rankedBy }) => ({ layer, neuron, rankedBy }));
}
