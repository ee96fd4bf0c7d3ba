import type { Family, Target } from '../domain/heuristic.js';
import type { Operator } from '../domain/operator.js';

/**
 * How many prompts from the top of a map a heuristic is held against (M: maxOperand; S: maxAnswer;
 * f: prompts of the universe / M^2; n: modulus; fractions are cut off):
 * - `associated`: as many as the heuristic holds for (the paper's rule)
 * - `oneOperandClass`: floor(M / n) * M * f
 * - `twoOperandClass`: floor(M / n)^2 * f
 * - `maxOperand`: M
 * - `maxOperandByDensity`: M * f
 * - `rootOfMaxAnswer`: sqrt(S)
 */
export type KRuleName =
  | 'associated'
  | 'oneOperandClass'
  | 'twoOperandClass'
  | 'maxOperand'
  | 'maxOperandByDensity'
  | 'rootOfMaxAnswer';

export interface KRule {
  readonly rule: KRuleName;
  /** Cap, in prompts. */
  readonly atMost?: 'maxOperand';
}

/** Where the starts of ranges end: the first value that is no start any more. */
export type StartLimit = 'largestValue' | 'maxOperand' | 'twiceMaxOperand' | 'afterMaxAnswer';

interface SpecBase {
  readonly operators: readonly Operator[];
  readonly targets: readonly Target[];
  readonly k: KRule;
  /** Never tried on the bottom of the map, even in a gated model. */
  readonly topOnly?: boolean;
}

/** Ranges [a, a + length) with a = 0, step, 2 step, ... below `startsBelow`. */
export interface RangeSpec extends SpecBase {
  readonly family: 'range';
  readonly lengths: readonly number[];
  /** `length`: ranges do not overlap; otherwise max(floor(length / divisor), least). */
  readonly step: 'length' | { readonly divisor: number; readonly least: number };
  readonly startsBelow: StartLimit;
}

/** Every remainder of every modulus. */
export interface ModSpec extends SpecBase {
  readonly family: 'mod';
  readonly moduli: readonly number[];
}

/** Three digits, zero-padded, of which some are wildcards; those that are ranges (`1..`, `12.`) are left out. */
export interface PatternSpec extends SpecBase {
  readonly family: 'pattern';
  /**
   * Only the `most` frequent patterns among the top k count, each at least floor(k / leastDivisor) times;
   * of equally frequent ones those with more fixed digits. Ranges (`12.`) and values (`123`) compete too;
   * values then count as heuristics of the family `value`.
   */
  readonly frequent?: { readonly most: number; readonly leastDivisor: number };
}

/** Every single value. */
export interface ValueSpec extends SpecBase {
  readonly family: 'value';
}

/** op1 = op2. */
export interface IdenticalSpec extends SpecBase {
  readonly family: 'identical';
}

/** The smallest set of results that covers a share of the top prompts; found anew for each neuron. */
export interface MultiSpec {
  readonly family: 'multi';
  readonly operators: readonly Operator[];
  /** Number of results in the set, both bounds included. */
  readonly sizes: { readonly least: number; readonly most: number };
  /** Share of the top prompts, in [0, 1]. */
  readonly coverage: number;
  /** Prompts from the top of the KV map (at most half of the universe is taken). */
  readonly top: number;
}

/** A heuristic family, its parameters, and the operators and targets that it is tried on. */
export type FamilySpec = RangeSpec | ModSpec | PatternSpec | ValueSpec | IdenticalSpec | MultiSpec;

/** Picks heuristics: all conditions given must hold. */
export interface HeuristicSelector {
  readonly operators: readonly Operator[];
  readonly targets?: readonly Target[];
  readonly families?: readonly Family[];
  readonly keys?: readonly string[];
}

/** Prompts that the preset leaves out of an operator's universe. */
export interface PromptExclusion {
  readonly operators: readonly Operator[];
  readonly column: 'op1' | 'op2' | 'result';
  readonly equals: number | 'maxAnswer';
}

/** A heuristic scores 0 where the first k prompts of its map all have this answer. */
export interface VoidRule extends HeuristicSelector {
  readonly answer: number;
  /** `own`: the heuristic's own k. */
  readonly k: KRule | 'own';
}

/**
 * A list of heuristics and the rules for matching them, as plain data: it may come from a JSON file.
 * Of two heuristics of one target with the same prompts and the same k, the one listed first is kept.
 */
export interface HeuristicPreset {
  readonly name: string;
  readonly description: string;
  /** A neuron implements a heuristic when its score is at least this, in (0, 1]. */
  readonly threshold: number;
  readonly families: readonly FamilySpec[];
  readonly exclude?: readonly PromptExclusion[];
  /** Heuristics that hold for a larger share of the universe are left out, in (0, 1]; those that hold always are so anyway. */
  readonly largestBaseRate?: number;
  /** Heuristics matched on fewer prompts are left out. */
  readonly smallestK?: number;
  readonly drop?: readonly HeuristicSelector[];
  readonly voids?: readonly VoidRule[];
}
