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
  /** Over the prompts of `columns` and the answers 0 .. maxAnswer. */
  readonly recorded: RecordedNeurons;
  /** Indices into the universe, those of `failurePrompts` among them. Default: the whole universe. */
  readonly columns?: readonly number[];
  /** Prompts of each group, at most (paper: 50). */
  readonly prompts: number;
  /** A group with fewer is not looked at. */
  readonly minPrompts: number;
  readonly seed: number;
}

/** What decides which prompts are looked at. */
export type FailureDraw = Pick<
  FailureModesParams,
  'universe' | 'correct' | 'prompts' | 'minPrompts' | 'seed'
>;

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

/** The prompts of a group, in seeded order; none where there are too few. */
function drawGroup({ universe, correct, seed, ...least }: FailureDraw, mark: 0 | 1): number[] {
  const drawn = shuffledPrompts(universe, correct, mark, seed, 'failure modes').slice(0, least.prompts);
  return drawn.length < least.minPrompts ? [] : drawn;
}

/** The prompts that `failureModes` looks at. @returns indices into the universe */
export function failurePrompts(draw: FailureDraw): number[] {
  return GROUPS.flatMap(({ mark }) => drawGroup(draw, mark));
}

/**
 * How many heuristic neurons prompts have, and how much these add to the right answer, for prompts that the model
 * completes correctly and others (method section 9; paper, Fig. 9). Values are given prompt by prompt, to be summarised
 * with `summarise` of the statistics.
 * @returns correct, then incorrect prompts
 * @throws RangeError when a neuron was not recorded or the arrays do not fit the universe
 */
export function failureModes(params: FailureModesParams): FailureGroup[] {
  const { universe, recorded, columns } = params;
  const neuronsOf = openPromptNeurons(params.neurons);
  const answers = universe.maxAnswer + 1;
  const width = columns?.length ?? universe.count;
  const rowOf = openRows(recorded, width, answers);
  const column = columns && new Map(columns.map((prompt, i) => [prompt, i]));
  const columnOf = (prompt: number): number => (column === undefined ? prompt : (column.get(prompt) ?? NaN));
  const logitSum = (neurons: readonly PromptNeuron[], index: number, answer: number): number =>
    neurons.reduce((sum, neuron) => {
      const row = rowOf(neuron);
      const activation = recorded.activations[row * width + columnOf(index)] ?? NaN;
      return sum + activation * (recorded.directLogits[row * answers + answer] ?? NaN);
    }, 0);
  return GROUPS.map(({ group, mark, reason }): FailureGroup => {
    const prompts = drawGroup(params, mark);
    if (prompts.length === 0) return { group, prompts: [], neurons: [], logitSums: [], reason };
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
