import type { Operator } from './operator.js';

/** What of a prompt a heuristic speaks of (paper, appendix E). */
export const TARGETS = ['op1', 'op2', 'operands', 'result'] as const;
export type Target = (typeof TARGETS)[number];

/** Kinds of heuristics (paper, appendix E; method section 7). */
export const FAMILIES = ['range', 'mod', 'pattern', 'value', 'identical', 'multi'] as const;
export type Family = (typeof FAMILIES)[number];

/** Which map a heuristic is matched on: activations (K) or activation x direct logit of the answer (KV). */
export type MapKind = 'K' | 'KV';

/** A heuristic of a preset, over the prompts of one operator. */
export interface Heuristic {
  readonly operator: Operator;
  readonly target: Target;
  readonly family: Family;
  /** Readable and unique inside operator and preset: `op1 in [10,40)`, `result = 2 mod 7`, `op2 ~ .0.`, `op1 = op2`. */
  readonly key: string;
  /** Number of the universe's prompts for which the heuristic holds. */
  readonly associated: number;
  /** `associated` as a share of the universe: what a random map would score. */
  readonly baseRate: number;
  /** Size of the top set that it is matched on. */
  readonly k: number;
}

/** A neuron found to implement a heuristic. */
export interface HeuristicMatch {
  readonly heuristic: Heuristic;
  /** |top-k prompts intersect associated prompts| / k, in [threshold, 1]. */
  readonly score: number;
  readonly map: MapKind;
  /** -1 where the bottom of the map matched better (gated MLPs only). */
  readonly sign: 1 | -1;
}
