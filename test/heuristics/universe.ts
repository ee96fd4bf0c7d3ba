import { applyOperator, type Operator } from '../../src/domain/operator.js';
import type { Prompt, PromptUniverse } from '../../src/domain/prompt.js';
import { permutation, randomStream } from '../../src/domain/random.js';

/** The prompts of a universe as objects, sorted by op1 and op2. */
export function listPrompts(operator: Operator, maxOperand: number, maxAnswer: number): Prompt[] {
  const operands = Array.from({ length: maxOperand }, (_, value) => value);
  return operands
    .flatMap((op1) =>
      operands.map((op2) => ({ operator, op1, op2, answer: applyOperator(operator, op1, op2) })),
    )
    .filter(({ answer }) => answer >= 0 && answer <= maxAnswer);
}

/** Prompts as the columns that the classification takes, in the order given. */
export function tableOf(prompts: readonly Prompt[], maxOperand: number, maxAnswer: number): PromptUniverse {
  const operator = prompts[0]?.operator ?? '+';
  return {
    operator,
    count: prompts.length,
    op1: Uint16Array.from(prompts, ({ op1 }) => op1),
    op2: Uint16Array.from(prompts, ({ op2 }) => op2),
    answer: Uint16Array.from(prompts, ({ answer }) => answer),
    maxOperand,
    maxAnswer,
  };
}

export function universeOf(operator: Operator, maxOperand: number, maxAnswer: number): PromptUniverse {
  return tableOf(listPrompts(operator, maxOperand, maxAnswer), maxOperand, maxAnswer);
}

export function promptsOf(universe: PromptUniverse): Prompt[] {
  return Array.from({ length: universe.count }, (_, p) => ({
    operator: universe.operator,
    op1: universe.op1[p] ?? 0,
    op2: universe.op2[p] ?? 0,
    answer: universe.answer[p] ?? 0,
  }));
}

/** Random activations without ties, in (-1, 1): 0 .. count - 1 shuffled and scaled. @returns [count] */
export function distinctValues(count: number, seed: number): Float32Array {
  return Float32Array.from(
    permutation(count, randomStream(seed, 'values')),
    (rank) => (2 * rank + 1) / count - 1,
  );
}

/**
 * Activations of a planted neuron: higher for the prompts that `holds` names than for all others, otherwise random.
 * @returns [prompts]
 */
export function planted(
  prompts: readonly Prompt[],
  holds: (prompt: Prompt) => boolean,
  seed: number,
): Float32Array {
  const noise = distinctValues(prompts.length, seed);
  return Float32Array.from(prompts, (prompt, p) => (noise[p] ?? 0) + (holds(prompt) ? 3 : 0));
}

/** Direct logits that do not tell answers apart. @returns [maxAnswer + 1] */
export function evenLogits({ maxAnswer }: PromptUniverse): Float32Array {
  return new Float32Array(maxAnswer + 1).fill(1);
}

/** Rows end to end. */
export function rows(...parts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Moves activations by a hair until neither map has ties, on which the two would differ. @returns the KV map */
export function withoutTies(
  { answer }: PromptUniverse,
  activations: Float32Array,
  logits: Float32Array,
): Float32Array {
  const productOf = (p: number): number => (activations[p] ?? 0) * (logits[answer[p] ?? 0] ?? 0);
  const products = Float32Array.from(activations, (_, p) => productOf(p));
  for (const map of [activations, products]) {
    const seen = new Set<number>();
    for (let p = 0; p < activations.length; p++) {
      while (seen.has(map[p] ?? 0)) {
        activations[p] = (activations[p] ?? 0) * (1 + 2 ** -18);
        products[p] = productOf(p);
      }
      seen.add(map[p] ?? 0);
    }
  }
  if (new Set(activations).size < activations.length) throw new Error('ties are left');
  return products;
}
