import type { Heuristic, HeuristicMatch } from '../domain/heuristic.js';
import type { NeuronId } from '../domain/ids.js';
import { holdsForPrompt, parsePredicate, type Predicate, type PromptValues } from './predicate.js';

/** A neuron with the heuristics that it implements on one operator. */
export interface MatchedNeuron extends NeuronId {
  readonly matches: readonly HeuristicMatch[];
}

/** What a prompt's neurons are ranked by: summed scores of their associated heuristics, or the number of these. */
export type NeuronRank = 'score' | 'count';

/** A neuron of which at least one heuristic holds for a prompt. */
export interface PromptNeuron extends NeuronId {
  /** Matches whose heuristic holds for the prompt, at least one. */
  readonly associated: readonly HeuristicMatch[];
  /** Sum of their scores. */
  readonly score: number;
}

/** A neuron as the key of a map or set. */
export function neuronKey({ layer, neuron }: NeuronId): string {
  return `${layer}.${neuron}`;
}

/** Heuristics with the neurons that implement them, those with most neurons first. */
export function neuronsByHeuristic(
  neurons: readonly MatchedNeuron[],
): { readonly heuristic: Heuristic; readonly neurons: readonly NeuronId[] }[] {
  const found = new Map<string, { heuristic: Heuristic; neurons: NeuronId[] }>();
  for (const { layer, neuron, matches } of neurons)
    for (const { heuristic } of matches) {
      const entry = found.get(heuristic.key) ?? { heuristic, neurons: [] };
      found.set(heuristic.key, entry);
      entry.neurons.push({ layer, neuron });
    }
  return [...found.values()].sort((a, b) => b.neurons.length - a.neurons.length);
}

/**
 * Prepares the look-up of a prompt's heuristic neurons (method section 8): association is that of the classification.
 * @param neurons classified on the operator of the prompts that will be asked for
 * @returns from a prompt to the neurons with an associated heuristic, in the order of `neurons`
 * @throws RangeError when the key of a heuristic is none
 */
export function openPromptNeurons(
  neurons: readonly MatchedNeuron[],
): (prompt: PromptValues) => PromptNeuron[] {
  const predicates = new Map<string, Predicate>();
  for (const { matches } of neurons)
    for (const { heuristic } of matches)
      if (!predicates.has(heuristic.key)) predicates.set(heuristic.key, parsePredicate(heuristic.key));
  return (prompt) => {
    const holding = new Set<string>();
    for (const [key, predicate] of predicates) if (holdsForPrompt(predicate, prompt)) holding.add(key);
    return neurons.flatMap(({ layer, neuron, matches }) => {
      const associated = matches.filter(({ heuristic }) => holding.has(heuristic.key));
      const score = associated.reduce((sum, match) => sum + match.score, 0);
      return associated.length === 0 ? [] : { layer, neuron, associated, score };
    });
  };
}

/**
 * A prompt's neurons, best first; of equal ones those better by the other rule, then the lower layer and neuron.
 * @returns a new array
 */
export function rankPromptNeurons(neurons: readonly PromptNeuron[], rank: NeuronRank): PromptNeuron[] {
  const byScore = (a: PromptNeuron, b: PromptNeuron): number => b.score - a.score;
  const byCount = (a: PromptNeuron, b: PromptNeuron): number => b.associated.length - a.associated.length;
  const [first, second] = rank === 'score' ? [byScore, byCount] : [byCount, byScore];
  return neurons.toSorted((a, b) => first(a, b) || second(a, b) || a.layer - b.layer || a.neuron - b.neuron);
}

/** The first `limit` neurons of every layer, in the order given. */
export function firstOfEachLayer<N extends NeuronId>(neurons: readonly N[], limit: number): N[] {
  const taken = new Map<number, number>();
  return neurons.filter(({ layer }) => {
    const before = taken.get(layer) ?? 0;
    taken.set(layer, before + 1);
    return before < limit;
  });
}
