import type { Target } from '../domain/heuristic.js';
import type { PromptUniverse } from '../domain/prompt.js';
import { valueTable, type Predicate } from './predicate.js';
import type { HeuristicPreset } from './preset.js';

/** Prompts that a preset keeps, counted by value. */
export interface Census {
  readonly universe: PromptUniverse;
  readonly included: Uint8Array | null;
  readonly count: number;
  /** How many kept prompts have the value, by column. */
  readonly op1: Uint32Array;
  readonly op2: Uint32Array;
  readonly answer: Uint32Array;
  /** [maxOperand x maxOperand] index of the kept prompt (op1, op2), -1 where there is none */
  readonly at: Int32Array;
}

/** Counts the prompts of a universe that a preset keeps. */
export function takeCensus(preset: HeuristicPreset, universe: PromptUniverse): Census {
  const { count, maxOperand, maxAnswer, operator } = universe;
  const column = { op1: universe.op1, op2: universe.op2, result: universe.answer };
  const rules = (preset.exclude ?? []).filter((rule) => rule.operators.includes(operator));
  const included = new Uint8Array(count).fill(1);
  for (const rule of rules) {
    const value = rule.equals === 'maxAnswer' ? maxAnswer : rule.equals;
    for (let p = 0; p < count; p++) if (column[rule.column][p] === value) included[p] = 0;
  }
  const census = {
    op1: new Uint32Array(maxOperand),
    op2: new Uint32Array(maxOperand),
    answer: new Uint32Array(maxAnswer + 1),
    at: new Int32Array(maxOperand * maxOperand).fill(-1),
  };
  let kept = 0;
  for (let p = 0; p < count; p++) {
    if (included[p] === 0) continue;
    const [a, b, r] = [universe.op1[p] ?? 0, universe.op2[p] ?? 0, universe.answer[p] ?? 0];
    census.op1[a] = (census.op1[a] ?? 0) + 1;
    census.op2[b] = (census.op2[b] ?? 0) + 1;
    census.answer[r] = (census.answer[r] ?? 0) + 1;
    census.at[a * maxOperand + b] = p;
    kept++;
  }
  return { universe, included: kept === count ? null : included, count: kept, ...census };
}

/** Values of a target that occur among the kept prompts, ascending; for both operands those of the first. */
export function occurring(census: Census, target: Target): number[] {
  const counts = target === 'result' ? census.answer : target === 'op2' ? census.op2 : census.op1;
  return Array.from(counts.keys()).filter((value) => (counts[value] ?? 0) > 0);
}

/** Prompts for which a predicate holds of both operands, and the values that take part in them. */
function pairExtent(census: Census, predicate: Predicate): { prompts: number[]; values: number[] } {
  const { maxOperand } = census.universe;
  const fits = valueTable(predicate, maxOperand);
  const held = Array.from(fits.keys()).filter((value) => fits[value] === 1);
  const partners =
    predicate.family === 'identical' ? (value: number) => [value] : (): readonly number[] => held;
  const prompts: number[] = [];
  const taking = new Set<number>();
  for (const a of held)
    for (const b of partners(a)) {
      const p = census.at[a * maxOperand + b] ?? -1;
      if (p < 0) continue;
      prompts.push(p);
      taking.add(a).add(b);
    }
  return { prompts, values: [...taking].sort((x, y) => x - y) };
}

/** The prompts that a predicate holds for. */
export interface Extent {
  /** Number of kept prompts. */
  readonly associated: number;
  /** Value cells of the sweep (see SweepTable) whose sum is the number of hits. */
  readonly cells: readonly number[];
  /** The prompts themselves, for statements on both operands. */
  readonly prompts?: readonly number[];
  /** Equal for predicates of one target that hold for the same prompts. */
  readonly name: string;
}

/**
 * Finds the kept prompts for which a predicate holds.
 * @param values values of the target that occur, see {@link occurring}
 */
export function extentOf(census: Census, predicate: Predicate, values: readonly number[]): Extent {
  if (predicate.target === 'operands') {
    const { prompts, values: taking } = pairExtent(census, predicate);
    // Both operands equal to one given value is a single prompt, no heuristic.
    const associated = predicate.family !== 'identical' && taking.length < 2 ? 0 : prompts.length;
    const name = predicate.family === 'identical' ? predicate.family : taking.join(',');
    return { associated, cells: [], prompts, name };
  }
  const fits = valueTable(predicate, (values.at(-1) ?? -1) + 1);
  const held = values.filter((value) => fits[value] === 1);
  const counts =
    predicate.target === 'result' ? census.answer : predicate.target === 'op1' ? census.op1 : census.op2;
  const associated = held.reduce((sum, value) => sum + (counts[value] ?? 0), 0);
  const shift = predicate.target === 'op2' ? census.universe.maxOperand : 0;
  return { associated, cells: held.map((value) => value + shift), name: held.join(',') };
}
