import type { NeuronId } from '../domain/ids.js';
import type { PromptUniverse } from '../domain/prompt.js';
import { permutation, randomStream } from '../domain/random.js';
import { shuffledPrompts } from './draw-prompts.js';
import {
  firstOfEachLayer,
  neuronKey,
  openPromptNeurons,
  rankPromptNeurons,
  type MatchedNeuron,
  type NeuronRank,
} from './prompt-neurons.js';
import { promptAt } from './prompt-at.js';

/** Which neurons are knocked out: those of the prompt's heuristics, or random others. */
export type KnockoutKind = 'associated' | 'control';

export interface PromptKnockoutParams {
  readonly universe: PromptUniverse;
  /** [universe.count] 1 where this checkpoint completes the prompt correctly */
  readonly correct: Uint8Array;
  /** Neurons classified on this universe. */
  readonly neurons: readonly MatchedNeuron[];
  /** Neurons that the control is drawn from: the top neurons of the operator. */
  readonly topNeurons: readonly NeuronId[];
  /** Correct prompts, at most (paper: 50). */
  readonly prompts: number;
  /** With fewer correct prompts nothing is tried. */
  readonly minPrompts: number;
  /** Neurons per layer, at most; one trial for each. */
  readonly limits: readonly number[];
  readonly rank: NeuronRank;
  readonly seed: number;
}

/** One prompt without some neurons. */
export interface PromptTrial {
  readonly limit: number;
  readonly kind: KnockoutKind;
  /** The prompt's index in the universe, alone. */
  readonly prompts: readonly [number];
  readonly neurons: readonly NeuronId[];
}

/** All prompts of one limit and kind. */
export interface PromptKnockout {
  readonly limit: number;
  readonly kind: KnockoutKind;
  /** Prompts tried; all of them are correct with every neuron. */
  readonly n: number;
  /** Prompts still correct; null where nothing was tried. */
  readonly correct: number | null;
  /** Neurons really knocked out, all layers together, mean over prompts. */
  readonly meanNeurons: number | null;
  readonly reason: 'too_few_correct' | null;
}

const KINDS: readonly KnockoutKind[] = ['associated', 'control'];

/**
 * Chooses for single correct prompts the best neurons of their associated heuristics, and for control as many random top
 * neurons of the same layers of which no heuristic holds for the prompt, or all there are (method section 8; paper,
 * Fig. 8 and 10c). A larger limit's neurons contain a smaller one's.
 * @returns none when there are too few correct prompts
 */
export function planPromptKnockouts(params: PromptKnockoutParams): PromptTrial[] {
  const { universe, seed } = params;
  const neuronsOf = openPromptNeurons(params.neurons);
  const drawn = shuffledPrompts(universe, params.correct, 1, seed, 'prompt knock-outs').slice(
    0,
    params.prompts,
  );
  if (drawn.length < params.minPrompts) return [];
  return drawn.flatMap((index) => {
    const own = rankPromptNeurons(neuronsOf(promptAt(universe, index)), params.rank);
    const taken = new Set(own.map(neuronKey));
    const free = params.topNeurons.filter((neuron) => !taken.has(neuronKey(neuron)));
    const random = randomStream(seed, 'knock-out control', universe.operator, index);
    const others = [...permutation(free.length, random)].flatMap((i) => free[i] ?? []);
    return params.limits.flatMap((limit): PromptTrial[] => {
      const associated = firstOfEachLayer(own, limit).map(({ layer, neuron }) => ({ layer, neuron }));
      const neurons = { associated, control: asManyPerLayer(others, associated) };
      return KINDS.map((kind) => ({ limit, kind, prompts: [index], neurons: neurons[kind] }));
    });
  });
}

/** The first of `from` until every layer has as many as `like` has there, or there are no more. */
function asManyPerLayer(from: readonly NeuronId[], like: readonly NeuronId[]): NeuronId[] {
  const layers = new Set(like.map(({ layer }) => layer));
  return [...layers].flatMap((layer) => {
    const wanted = like.filter((neuron) => neuron.layer === layer).length;
    return from.filter((neuron) => neuron.layer === layer).slice(0, wanted);
  });
}

/**
 * What the trials showed, for every limit and kind.
 * @param outcomes of each trial, [1] 1 where the prompt is still completed correctly
 * @throws RangeError when the outcomes are not those of the trials
 */
export function promptKnockouts(
  limits: readonly number[],
  trials: readonly PromptTrial[],
  outcomes: readonly { readonly correct: Uint8Array }[],
): PromptKnockout[] {
  const tried = trials.map((trial, i) => {
    const correct = outcomes[i]?.correct;
    if (correct?.length !== 1) throw new RangeError(`no outcome of trial ${i}`);
    return { ...trial, correct: correct[0] ?? 0 };
  });
  return limits.flatMap((limit) =>
    KINDS.map((kind): PromptKnockout => {
      const own = tried.filter((trial) => trial.limit === limit && trial.kind === kind);
      const n = own.length;
      if (n === 0) return { limit, kind, n, correct: null, meanNeurons: null, reason: 'too_few_correct' };
      const correct = own.reduce((sum, trial) => sum + trial.correct, 0);
      const meanNeurons = own.reduce((sum, trial) => sum + trial.neurons.length, 0) / n;
      return { limit, kind, n, correct, meanNeurons, reason: null };
    }),
  );
}
