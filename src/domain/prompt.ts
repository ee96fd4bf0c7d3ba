import type { Operator } from './operator.js';

/** Tokens of a prompt: BOS, op1, operator, op2, `=` (method section 1). */
export const PROMPT_LENGTH = 5;

/** One prompt `{op1}{operator}{op2}=` and its answer. */
export interface Prompt {
  readonly operator: Operator;
  readonly op1: number;
  readonly op2: number;
  readonly answer: number;
}

/**
 * Prompts of one operator as columns: prompt p is `op1[p] operator op2[p] = answer[p]`.
 * Universes of real models hold 90,000 prompts, so they are never arrays of objects.
 */
export interface PromptTable {
  readonly operator: Operator;
  readonly count: number;
  /** [count] */
  readonly op1: Uint16Array;
  /** [count] */
  readonly op2: Uint16Array;
  /** [count] */
  readonly answer: Uint16Array;
}

/** All prompts of one operator whose operands lie below `maxOperand` and whose answer is at most `maxAnswer`. */
export interface PromptUniverse extends PromptTable {
  /** Operands are 0 .. maxOperand - 1. */
  readonly maxOperand: number;
  /** S of the method: the largest single-token number. */
  readonly maxAnswer: number;
}

/** Two prompts of activation patching: activations of `corrupted`'s run are put into `clean`'s (method section 3). */
export interface PromptPair {
  /** p of the method, with answer r. */
  readonly clean: Prompt;
  /** p' of the method, with another answer r'; it may be of another operator. */
  readonly corrupted: Prompt;
}
