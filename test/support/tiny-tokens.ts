import type { PromptTokens } from '../../src/model/prompt-tokens.js';

/** A vocabulary that fits the tiny models: numbers 0 to 14. */
export const TINY_TOKENS: PromptTokens = {
  bos: 0,
  numbers: Int32Array.from({ length: 15 }, (_, n) => n + 2),
  operators: { '+': 17, '-': 18, '*': 19, '/': 20 },
  equals: 21,
};
