import type { Operator } from '../domain/operator.js';
import type { Prompt, PromptTable, PromptUniverse } from '../domain/prompt.js';
import type { SplitSpec } from '../domain/split.js';
import { drawAnalysisSet, type AnalysisSet } from '../prompts/analysis-set.js';
import { hashPrompts, type OperatorPrompts } from '../prompts/hash.js';
import { trainMask } from '../prompts/split.js';
import { buildUniverse, isTrivial } from '../prompts/universe.js';
import type { RowOf } from '../store/schema/tables.js';

/** The universes of a sweep and how the training split them; the same at every step. */
export interface Universes {
  readonly operators: readonly {
    readonly universe: PromptUniverse;
    /** [count] 1 for train, 0 for held out; null when the suite states no split. */
    readonly train: Uint8Array | null;
  }[];
}

/** Universes with analysis sets drawn, and their identity. */
export interface PromptSets {
  readonly operators: readonly OperatorPrompts[];
  readonly hash: string;
}

export function buildUniverses(
  operators: readonly Operator[],
  maxOperand: number,
  maxAnswer: number,
  split: SplitSpec | undefined,
): Universes {
  return {
    operators: operators.map((operator) => {
      const universe = buildUniverse(operator, maxOperand, maxAnswer);
      return { universe, train: split === undefined ? null : trainMask(universe, split) };
    }),
  };
}

/**
 * Draws the analysis sets of all operators.
 * @param correct for each operator, [count] 1 where the deciding checkpoint completes the prompt; null to draw from all
 */
export function drawPromptSets(
  universes: Universes,
  correct: readonly (Uint8Array | null)[],
  options: { size: number; seed: number },
): PromptSets {
  const drawn = universes.operators.map(({ universe }, i) => {
    const mask = correct[i] ?? null;
    const candidates = [...universe.op1.keys()].filter((p) => mask === null || mask[p] === 1);
    return drawAnalysisSet(universe, candidates, options);
  });
  return promptSetsOf(universes, drawn);
}

/** Universes with analysis sets that were drawn before. @param drawn [operator] */
export function promptSetsOf({ operators }: Universes, drawn: readonly AnalysisSet[]): PromptSets {
  const sets = operators.map(({ universe, train }, i) => ({
    ...{ universe, train },
    analysis: drawn[i] ?? { discovery: [], evaluation: [] },
  }));
  return { operators: sets, hash: hashPrompts(sets) };
}

/** The prompts at some indices of a table. */
export function promptsAt(table: PromptTable, indices: readonly number[]): Prompt[] {
  return indices.map((i) => ({
    operator: table.operator,
    op1: table.op1[i] ?? 0,
    op2: table.op2[i] ?? 0,
    answer: table.answer[i] ?? 0,
  }));
}

/** Rows of the `prompts` table. */
export function promptRows(suite: string, sets: PromptSets): RowOf<'prompts'>[] {
  return sets.operators.flatMap(({ universe, train, analysis }) => {
    const role = new Map<number, 'discovery' | 'evaluation'>([
      ...analysis.discovery.map((p) => [p, 'discovery'] as const),
      ...analysis.evaluation.map((p) => [p, 'evaluation'] as const),
    ]);
    const { operator } = universe;
    return Array.from(universe.op1, (op1, p): RowOf<'prompts'> => {
      const op2 = universe.op2[p] ?? 0;
      const answer = universe.answer[p] ?? 0;
      return {
        suite,
        prompts_hash: sets.hash,
        operator,
        op1,
        op2,
        answer,
        split: train === null ? null : train[p] === 1 ? 'train' : 'held_out',
        trivial: isTrivial(operator, op1, op2, answer),
        analysis_role: role.get(p) ?? null,
      };
    });
  });
}
