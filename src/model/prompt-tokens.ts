import { PROMPT_LENGTH, type Prompt } from '../domain/prompt.js';
import type { Operator } from '../domain/operator.js';

/** Token ids of the parts of a prompt. */
export interface PromptTokens {
  readonly bos: number;
  /** [S + 1] */
  readonly numbers: Int32Array;
  readonly operators: Readonly<Record<Operator, number>>;
  readonly equals: number;
}

/** Positions of a prompt's tokens (method section 1). */
export const POSITIONS = { bos: 0, op1: 1, operator: 2, op2: 3, equals: 4 } as const;

/** Token ids of prompts, BOS first. @returns [prompts x 5] row-major */
export function promptIds(tokens: PromptTokens, prompts: readonly Omit<Prompt, 'answer'>[]): Int32Array {
  const ids = new Int32Array(prompts.length * PROMPT_LENGTH);
  prompts.forEach(({ op1, operator, op2 }, row) => {
    ids.set(
      [
        tokens.bos,
        numberToken(tokens, op1),
        tokens.operators[operator],
        numberToken(tokens, op2),
        tokens.equals,
      ],
      row * PROMPT_LENGTH,
    );
  });
  return ids;
}

/** Token of a number. @throws RangeError when it is not a single token */
export function numberToken({ numbers }: PromptTokens, value: number): number {
  const token = numbers[value];
  if (token === undefined)
    throw new RangeError(`${value} is not a single token; the largest is ${numbers.length - 1}`);
  return token;
}
