import { createHash } from 'node:crypto';
import type { PromptUniverse } from '../domain/prompt.js';
import type { AnalysisSet } from './analysis-set.js';

/**
 * Identity of everything that a measure is taken on: universes and analysis sets, prompt by prompt.
 * @returns sha256 as lower-case hex
 */
export function hashPrompts(
  sets: readonly { readonly universe: PromptUniverse; readonly analysis: AnalysisSet }[],
): string {
  const hash = createHash('sha256');
  for (const { universe, analysis } of sets) {
    hash.update(`${universe.operator} ${universe.maxOperand} ${universe.maxAnswer} ${universe.count}\n`);
    for (const column of [universe.op1, universe.op2, universe.answer]) hash.update(column);
    hash.update(JSON.stringify([analysis.discovery, analysis.evaluation]));
  }
  return hash.digest('hex');
}
