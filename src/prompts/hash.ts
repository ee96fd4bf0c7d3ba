import { createHash } from 'node:crypto';
import type { PromptUniverse } from '../domain/prompt.js';
import type { AnalysisSet } from './analysis-set.js';

/** The prompts of one operator and their roles. */
export interface OperatorPrompts {
  readonly universe: PromptUniverse;
  /** [count] 1 for train, 0 for held out; null when the suite states no split. */
  readonly train: Uint8Array | null;
  readonly analysis: AnalysisSet;
}

/**
 * Identity of everything that a measure is taken on: universes, splits and analysis sets, prompt by prompt.
 * @returns sha256 as lower-case hex
 */
export function hashPrompts(sets: readonly OperatorPrompts[]): string {
  const hash = createHash('sha256');
  for (const { universe, train, analysis } of sets) {
    hash.update(`${universe.operator} ${universe.maxOperand} ${universe.maxAnswer} ${universe.count}\n`);
    for (const column of [universe.op1, universe.op2, universe.answer, train ?? new Uint8Array()])
      hash.update(column);
    hash.update(JSON.stringify([analysis.discovery, analysis.evaluation]));
  }
  return hash.digest('hex');
}
