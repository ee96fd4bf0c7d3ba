import type { PromptTable } from '../domain/prompt.js';
import { permutation, randomStream } from '../domain/random.js';

/**
 * Prompts with a mark, in seeded random order. A draw of n is the first n of them, so that larger draws contain smaller
 * ones and draws with different conditions share prompts.
 * @param marks [count]
 * @param mark 1 or 0, the mark wanted
 * @returns indices into the table
 */
export function shuffledPrompts(
  table: PromptTable,
  marks: Uint8Array,
  mark: 0 | 1,
  seed: number,
  purpose: string,
): number[] {
  const order = permutation(table.count, randomStream(seed, purpose, table.operator));
  return [...order].filter((prompt) => marks[prompt] === mark);
}
