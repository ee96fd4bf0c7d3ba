import type { PromptTable } from '../domain/prompt.js';
import { permutation, randomStream } from '../domain/random.js';

/** Indices into a universe: prompts to find components with, and as many others to evaluate them on. */
export interface AnalysisSet {
  readonly discovery: readonly number[];
  readonly evaluation: readonly number[];
}

export interface AnalysisSetOptions {
  /** Prompts in each of the two halves (paper: 50 to 100). */
  readonly size: number;
  readonly seed: number;
}

/**
 * Draws the analysis prompts of one operator (method section 1): trivial ones are left out where enough others remain,
 * and distinct answers come first.
 * @param candidates indices of the universe's prompts to draw from, e.g. those completed correctly
 * @returns two disjoint sets of at most `size` prompts, fewer when there are too few candidates
 */
export function drawAnalysisSet(
  universe: PromptTable,
  candidates: readonly number[],
  { size, seed }: AnalysisSetOptions,
): AnalysisSet {
  const informative = candidates.filter(
    (i) => (universe.op1[i] ?? 0) > 5 && (universe.op2[i] ?? 0) > 5 && (universe.answer[i] ?? 0) > 2,
  );
  const pool = informative.length >= 2 * size ? informative : candidates;
  const random = randomStream(seed, 'analysis-set', universe.operator);
  const shuffled = [...permutation(pool.length, random)].flatMap((i) => pool[i] ?? []);
  const discovery = distinctAnswersFirst(universe, shuffled).slice(0, size);
  const taken = new Set(discovery);
  const rest = shuffled.filter((i) => !taken.has(i));
  return { discovery, evaluation: distinctAnswersFirst(universe, rest).slice(0, size) };
}

/** Reorders prompts so that every answer occurs once before any occurs twice, and so on. */
function distinctAnswersFirst(universe: PromptTable, indices: readonly number[]): number[] {
  const seen = new Map<number, number>();
  const rounds: number[][] = [];
  for (const index of indices) {
    const answer = universe.answer[index] ?? 0;
    const round = seen.get(answer) ?? 0;
    seen.set(answer, round + 1);
    (rounds[round] ??= []).push(index);
  }
  return rounds.flat();
}
