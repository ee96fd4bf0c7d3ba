import type { HeuristicMatch } from '../../src/domain/heuristic.js';
import { layerIndex, neuronIndex, type NeuronId } from '../../src/domain/ids.js';
import type { PromptUniverse } from '../../src/domain/prompt.js';
import { associatedPrompts, parsePredicate } from '../../src/heuristics/predicate.js';
import type { MatchedNeuron } from '../../src/heuristics/prompt-neurons.js';

export const neuronAt = (layer: number, neuron: number): NeuronId => ({
  layer: layerIndex(layer),
  neuron: neuronIndex(neuron),
});

/** A neuron with heuristics given by key and score. */
export function matched(
  universe: PromptUniverse,
  layer: number,
  neuron: number,
  scores: Readonly<Record<string, number>>,
): MatchedNeuron {
  const matches = Object.entries(scores).map(([key, score]): HeuristicMatch => {
    const { target, family } = parsePredicate(key);
    const associated = associatedPrompts({ key }, universe).length;
    const { operator, count } = universe;
    const heuristic = {
      operator,
      target,
      family,
      key,
      associated,
      baseRate: associated / count,
      k: associated,
    };
    return { heuristic, score, map: target === 'result' ? 'KV' : 'K', sign: 1 };
  });
  return { ...neuronAt(layer, neuron), matches };
}
