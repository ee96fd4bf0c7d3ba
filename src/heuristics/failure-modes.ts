import type { PromptUniverse } from '../domain/prompt.js';
import { shuffledPrompts } from './draw-prompts.js';
import { promptAt } from './prompt-at.js';
import { openPromptNeurons, type MatchedNeuron, type PromptNeuron } from './prompt-neurons.js';
import { openRows, type RecordedNeurons } from './recorded-neurons.js';

export interface FailureModesParams {
  readonly universe: PromptUniverse;
  /** [universe.count] 1 where this checkpoint completes the prompt correctly */
  readonly correct: Uint8Array;
  /** Neurons classified on this universe, all of them recorded. */
  readonly neurons: readonly MatchedNeuron[];
  /** Over the prompts of the universe and the answers 0 .. maxAnswer. */
  readonly recorded: RecordedNeurons;
  /** Prompts of each group, at most (paper: 50). */
  readonly prompts: number;
  /** A group with fewer is not looked at. */
  readonly minPrompts: number;
  readonly seed: number;
}

/** Which prompts: completed correctly at this checkpoint, or not. */
export type FailureGroupName = 'correct' | 'incorrect';

/** Prompts of one group, each with its heuristic neurons; all lists are empty where there is a reason. */
export interface FailureGroup {
  readonly group: FailureGroupName;
  /** Indices into the universe. */
  readonly prompts: readonly number[];
  /** [prompts] neurons with a heuristic that holds for the prompt */
  readonly neurons: readonly number[];
  /** [prompts] sum over these neurons of activation x direct logit of the answer, before the final norm's scale */
  readonly logitSums: readonly number[];
  readonly reason: 'too_few_correct' | 'too_few_prompts' | null;
}

const GROUPS = [
  { group: 'correct', mark: 1, reason: 'too_few_correct' },
  { group: 'incorrect', mark: 0, reason: 'too_few_prompts' },
] as const;

/**
 * How many heuristic neurons prompts have, and how much these add to the right answer, for prompts that the model
 * completes correctly and others (method section 9; paper, Fig. 9). Values are given prompt by prompt, to be summarised
 * with `summarise` of the statistics.
 * @returns correct, then incorrect prompts
 * @throws RangeError when a neuron was not recorded or the arrays do not fit the universe
 */
export function failureModes(params: FailureModesParams): FailureGroup[] {
  const { universe, correct, recorded, seed } = params;
  const neuronsOf = openPromptNeurons(params.neurons);
  const answers = universe.maxAnswer + 1;
  const rowOf = openRows(recorded, universe.count, answers);
  const logitSum = (neurons: readonly PromptNeuron[], index: number, answer: number): number =>
    neurons.reduce((sum, neuron) => {
      const row = rowOf(neuron);
      const activation = recorded.activations[row * universe.count + index] ?? NaN;
      return sum + activation * (recorded.directLogits[row * answers + answer] ?? NaN);
    }, 0);
  return GROUPS.map(({ group, mark, reason }): FailureGroup => {
    const prompts = shuffledPrompts(universe, correct, mark, seed, 'failure modes').slice(0, params.prompts);
    if (prompts.length < params.minPrompts || prompts.length === 0)
      return { group, prompts: [], neurons: [], logitSums: [], reason };
    const found = prompts.map((index) => {
      const prompt = promptAt(universe, index);
      const neurons = neuronsOf(prompt);
      return { neurons: neurons.length, logitSum: logitSum(neurons, index, prompt.answer) };
    });
    return {
      group,
      prompts,
      neurons: found.map((one) => one.neurons),
      logitSums: found.map((one) => one.logitSum),
      reason: null,
    };
  });
}
