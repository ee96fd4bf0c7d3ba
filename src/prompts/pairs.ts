import { OPERATORS, type Operator } from '../domain/operator.js';
import type { Prompt, PromptPair } from '../domain/prompt.js';
import { randomStream } from '../domain/random.js';

/** Where counterfactuals come from: prompts of all operators (released code), or of the clean prompt's own. */
export const COUNTERFACTUALS = ['all-operators', 'same-operator'] as const;
export type Counterfactuals = (typeof COUNTERFACTUALS)[number];

export interface PairOptions {
  readonly counterfactuals: Counterfactuals;
  readonly seed: number;
}

/**
 * Draws a counterfactual with a different answer for each prompt of one operator (method section 1).
 * @param prompts analysis prompts by operator; operators without any may be left out
 * @returns one pair a prompt of `operator`, in their order; a prompt for which there is no counterfactual is left out
 */
export function drawPairs(
  prompts: Readonly<Partial<Record<Operator, readonly Prompt[]>>>,
  operator: Operator,
  { counterfactuals, seed }: PairOptions,
): PromptPair[] {
  const random = randomStream(seed, 'counterfactuals', operator);
  const sources = counterfactuals === 'same-operator' ? [operator] : OPERATORS;
  const pool = sources.flatMap((source) => prompts[source] ?? []);
  return (prompts[operator] ?? []).flatMap((clean) => {
    const others = pool.filter(({ answer }) => answer !== clean.answer);
    const corrupted = others.length === 0 ? undefined : others[random.int(0, others.length - 1)];
    return corrupted === undefined ? [] : [{ clean, corrupted }];
  });
}
