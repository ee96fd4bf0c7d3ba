import type { Heuristic } from '../domain/heuristic.js';
import type { NeuronId } from '../domain/ids.js';
import type { PromptValues } from './predicate.js';
import { neuronKey, neuronsByHeuristic, openPromptNeurons, type MatchedNeuron } from './prompt-neurons.js';
import { openRows, type RecordedNeurons } from './recorded-neurons.js';

export interface CompositionParams {
  readonly prompt: PromptValues;
  /** Neurons classified on the prompt's operator, all of them recorded. */
  readonly neurons: readonly MatchedNeuron[];
  /** Over this prompt alone: activations [neurons], direct logits [neurons x (maxAnswer + 1)]. */
  readonly recorded: RecordedNeurons;
  readonly maxAnswer: number;
  /**
   * What the final norm multiplies the residual stream by at `=`, 1 / sqrt(variance + eps); contributions are then parts
   * of the real logits, centred over the vocabulary. Default 1: activation x direct logit as they are.
   */
  readonly scale?: number;
  /** Candidate answers listed. Default 5. */
  readonly top?: number;
}

/** One heuristic that holds for the prompt. A neuron of several heuristics is counted in each. */
export interface HeuristicVote {
  readonly heuristic: Heuristic;
  readonly neurons: readonly NeuronId[];
  /** Summed contribution of its neurons to the prompt's answer. */
  readonly answer: number;
  /** [maxAnswer + 1] summed contribution to each number */
  readonly candidates: Float64Array;
}

/** What neurons together add to each number; every neuron counts once. */
export interface Contribution {
  /** Number of neurons. */
  readonly neurons: number;
  /** [maxAnswer + 1] */
  readonly candidates: Float64Array;
}

export interface Candidate {
  readonly value: number;
  readonly votes: number;
  readonly others: number;
  /** `votes` + `others` */
  readonly total: number;
}

export interface Composition {
  /** Those that add most to the prompt's answer first. */
  readonly heuristics: readonly HeuristicVote[];
  /** Neurons with a heuristic that holds for the prompt. */
  readonly votes: Contribution;
  /** All other recorded neurons. */
  readonly others: Contribution;
  /** Numbers with the largest totals, largest first. */
  readonly top: readonly Candidate[];
}

/**
 * How the neurons recorded make up the logits of one prompt (paper, section 4): those whose heuristics hold for the
 * prompt vote for numbers, the others are the rest. A neuron adds activation x direct logit to each number. What
 * attention, other layers, biases and the embedding add is not in it, and without `scale` neither is the final norm's
 * division, which is the same for all numbers.
 * @throws RangeError when a classified neuron was not recorded, or the arrays do not fit
 */
export function composeLogits(params: CompositionParams): Composition {
  const { prompt, recorded, maxAnswer, scale = 1, top = 5 } = params;
  const answers = maxAnswer + 1;
  const rowOf = openRows(recorded, 1, answers);
  const sumOf = (neurons: readonly NeuronId[]): Float64Array => {
    const sum = new Float64Array(answers);
    for (const neuron of neurons) {
      const row = rowOf(neuron);
      const activation = scale * (recorded.activations[row] ?? NaN);
      const logits = recorded.directLogits.subarray(row * answers, (row + 1) * answers);
      logits.forEach((logit, value) => (sum[value] = (sum[value] ?? 0) + activation * logit));
    }
    return sum;
  };

  const voting = openPromptNeurons(params.neurons)(prompt);
  const keys = new Set(voting.map(neuronKey));
  const rest = recorded.neurons.filter((neuron) => !keys.has(neuronKey(neuron)));
  const votes = { neurons: voting.length, candidates: sumOf(voting) };
  const others = { neurons: rest.length, candidates: sumOf(rest) };
  const byHeuristic = neuronsByHeuristic(voting.map((n) => ({ ...n, matches: n.associated })));
  const heuristics = byHeuristic.map(({ heuristic, neurons }): HeuristicVote => {
    const candidates = sumOf(neurons);
    return { heuristic, neurons, answer: candidates[prompt.answer] ?? NaN, candidates };
  });
  return {
    heuristics: heuristics.sort((a, b) => b.answer - a.answer),
    votes,
    others,
    top: candidatesOf(votes.candidates, others.candidates).slice(0, top),
  };
}

function candidatesOf(votes: Float64Array, others: Float64Array): Candidate[] {
  return Array.from(votes, (vote, value): Candidate => {
    const other = others[value] ?? 0;
    return { value, votes: vote, others: other, total: vote + other };
  }).sort((a, b) => b.total - a.total);
}
