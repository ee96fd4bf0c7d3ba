import type { FactOf } from '../../src/store/schema/tables.js';
import { EXAMPLE_HEURISTICS } from './example.js';
import type { Op, WholeStep } from './whole-example.js';

/** Heuristic, neurons, prompts and accuracy of associated ones, the same of others; nothing was knocked out for `*`. */
const BY_HEURISTIC: Record<
  WholeStep,
  readonly ['r' | 'm' | 'p', number, number, number | null, number, number][]
> = {
  0: [],
  100: [['r', 1, 4, 0.75, 4, 1]],
  1000: [
    ['r', 1, 8, 0.25, 16, 0.75],
    ['m', 2, 8, 0.5, 8, 0.375],
    ['p', 1, 0, null, 8, 1],
  ],
};

export function heuristicKnockouts(operator: Op, step: WholeStep): FactOf<'heuristic_knockouts'>[] {
  if (operator === '*') return [];
  return BY_HEURISTIC[step].map(
    ([h, neurons, associated_n, associated_accuracy, other_n, other_accuracy]) => {
      const { key, target, family } = EXAMPLE_HEURISTICS[h];
      return {
        operator,
        heuristic: key,
        target,
        family,
        neurons,
        associated_n,
        associated_accuracy,
        other_n,
        other_accuracy,
        null_reason: associated_accuracy === null ? 'too_few_correct' : null,
      };
    },
  );
}

/** Of 8 prompts of +, those still correct: [associated, control] for one neuron per layer, then for two. */
const BY_PROMPT: Record<WholeStep, readonly (readonly [number, number])[] | null> = {
  0: null,
  100: [
    [6, 8],
    [5, 7],
  ],
  1000: [
    [4, 7],
    [2, 6],
  ],
};

export function promptKnockouts(operator: Op, step: WholeStep): FactOf<'prompt_knockouts'>[] {
  const limits = operator === '+' ? BY_PROMPT[step] : null;
  return [0, 1].flatMap((limit) =>
    (['associated', 'control'] as const).map((kind, i): FactOf<'prompt_knockouts'> => {
      const correct = limits?.[limit]?.[i] ?? null;
      const share = correct === null ? null : correct / 8;
      return {
        operator,
        neurons_per_layer: limit + 1,
        kind,
        n: correct === null ? 0 : 8,
        correct,
        accuracy: share,
        ci_low: share === null ? null : share / 2,
        ci_high: share === null ? null : (share + 1) / 2,
        mean_neurons: correct === null ? null : limit + 1.5,
        null_reason: correct === null ? 'too_few_correct' : null,
      };
    }),
  );
}

/** Prompts, mean and spread of their heuristic neurons and of the logit sums; null: too few of them. */
type Group = readonly [n: number, neurons: number, neuronsSd: number, sum: number, sumSd: number] | null;
const FAILURES: Record<Op, Record<WholeStep, readonly [correct: Group, incorrect: Group]>> = {
  '+': {
    0: [null, [4, 0.5, 0.25, 0.125, 0.0625]],
    100: [
      [4, 2, 1, 0.5, 0.375],
      [16, 1, 0.5, 0.25, 0.1875],
    ],
    1000: [[16, 3, 2, 1.5, 1], null],
  },
  '*': {
    0: [null, null],
    100: [null, [25, 0, 0, 0, 0]],
    1000: [
      [9, 1.5, 0.75, 0.625, 0.75],
      [25, 1.25, 1.5, 0.3125, 2],
    ],
  },
};

export function failureFacts(operator: Op, step: WholeStep): FactOf<'failure_modes'>[] {
  return (['correct', 'incorrect'] as const).map((prompts, i): FactOf<'failure_modes'> => {
    const group = FAILURES[operator][step][i];
    const common = { operator, prompts };
    if (group === null || group === undefined)
      return {
        ...common,
        n: 2,
        mean_neurons: null,
        sd_neurons: null,
        mean_logit_sum: null,
        sd_logit_sum: null,
        null_reason: prompts === 'correct' ? 'too_few_correct' : 'too_few_prompts',
      };
    const [n, mean_neurons, sd_neurons, mean_logit_sum, sd_logit_sum] = group;
    return { ...common, n, mean_neurons, sd_neurons, mean_logit_sum, sd_logit_sum, null_reason: null };
  });
}
