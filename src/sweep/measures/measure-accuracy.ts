import { wilsonInterval } from '../../analysis/wilson.js';
import type { OperatorPrompts } from '../../prompts/hash.js';
import { isTrivial } from '../../prompts/universe.js';
import type { FactOf } from '../../store/schema/tables.js';

type Accuracy = FactOf<'accuracy'>;

/**
 * Accuracy of one operator on the universe and on its parts (method section 1). Cost: none beyond the universe pass.
 * @param correct [count] 1 where the argmax over the vocabulary is the answer's token
 * @param minPrompts an analysis set with fewer prompts is null, `too_few_prompts`; so is any empty set
 */
export function accuracyRows(prompts: OperatorPrompts, correct: Uint8Array, minPrompts: number): Accuracy[] {
  const { universe, train, analysis } = prompts;
  const all = [...universe.op1.keys()];
  const trivial = (p: number): boolean =>
    isTrivial(universe.operator, universe.op1[p] ?? 0, universe.op2[p] ?? 0, universe.answer[p] ?? 0);
  const heldOut = train === null ? null : all.filter((p) => train[p] === 0);
  const sets: [Accuracy['prompt_set'], readonly number[] | null, number][] = [
    ['universe', all, 1],
    ['train', train === null ? null : all.filter((p) => train[p] === 1), 1],
    ['held_out', heldOut, 1],
    ['non_trivial', all.filter((p) => !trivial(p)), 1],
    ['held_out_non_trivial', heldOut?.filter((p) => !trivial(p)) ?? null, 1],
    ['discovery', analysis.discovery, minPrompts],
    ['evaluation', analysis.evaluation, minPrompts],
  ];
  return sets.map(([name, members, least]) => {
    const base = { operator: universe.operator, prompt_set: name };
    const unmeasured = { correct: null, accuracy: null, ci_low: null, ci_high: null };
    if (members === null) return { ...base, ...unmeasured, n: 0, null_reason: 'no_split' };
    const n = members.length;
    if (n < least) return { ...base, ...unmeasured, n, null_reason: 'too_few_prompts' };
    const right = members.reduce((sum, p) => sum + (correct[p] ?? 0), 0);
    const { low, high } = wilsonInterval(right, n);
    return { ...base, n, correct: right, accuracy: right / n, ci_low: low, ci_high: high, null_reason: null };
  });
}
