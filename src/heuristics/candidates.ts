import type { PromptUniverse } from '../domain/prompt.js';
import { PATTERN_DIGITS, type Predicate } from './predicate.js';
import type { FamilySpec, KRule, PatternSpec, RangeSpec } from './preset.js';
import type { Target } from '../domain/heuristic.js';

/** Any family but `multi`, which is found per neuron. */
export type StaticSpec = Exclude<FamilySpec, { family: 'multi' }>;

/** Patterns as masks of fixed digits, bit i for digit i; of equally frequent patterns the earlier wins. */
const MASKS_BY_FIXED_DIGITS = [0b111, 0b011, 0b101, 0b110, 0b001, 0b010, 0b100];
const FULL_MASK = 0b111;
/** `1..` and `12.` are ranges under another name. */
const RANGE_MASKS = [0b001, 0b011];

/** Digits of a value that a mask fixes, wildcards elsewhere: (123, 0b101) gives `1.3`. */
function maskedPattern(value: number, mask: number): string {
  const digits = String(value).padStart(PATTERN_DIGITS, '0');
  return Array.from(digits, (digit, i) => ((mask >> i) & 1 ? digit : '.')).join('');
}

function rangePredicates(
  spec: RangeSpec,
  target: Target,
  values: readonly number[],
  universe: PromptUniverse,
): Predicate[] {
  const largestValue = values.at(-1) ?? -1;
  const limit = {
    largestValue,
    maxOperand: universe.maxOperand,
    twiceMaxOperand: 2 * universe.maxOperand,
    afterMaxAnswer: universe.maxAnswer + 1,
  }[spec.startsBelow];
  return spec.lengths.flatMap((length) => {
    const step =
      spec.step === 'length' ? length : Math.max(Math.floor(length / spec.step.divisor), spec.step.least);
    return Array.from({ length: Math.max(0, Math.ceil(limit / step)) }, (_, i): Predicate => {
      // Ends are clipped at the largest value, so that a name says no more than there is.
      const to = Math.max(i * step + 1, Math.min(i * step + length, largestValue + 1));
      return { family: 'range', target, from: i * step, to };
    });
  });
}

/**
 * Patterns of the values that occur. Where they compete: ranges and values too, most fixed digits first; else those with
 * fewest first, so that of two with the same prompts the shorter stays (`..5` for `0.5` below 100).
 */
function patternPredicates(spec: PatternSpec, target: Target, values: readonly number[]): Predicate[] {
  const masks =
    spec.frequent === undefined
      ? MASKS_BY_FIXED_DIGITS.filter((mask) => mask !== FULL_MASK && !RANGE_MASKS.includes(mask)).reverse()
      : MASKS_BY_FIXED_DIGITS;
  const short = values.filter((value) => value < 10 ** PATTERN_DIGITS);
  return masks.flatMap((mask): Predicate[] =>
    mask === FULL_MASK
      ? short.map((value) => ({ family: 'value', target, value }))
      : [...new Set(short.map((value) => maskedPattern(value, mask)))]
          .sort()
          .map((pattern) => ({ family: 'pattern', target, pattern })),
  );
}

/** Whether a pattern is a range under another name: `1..`, `12.`. */
export function isRangePattern(predicate: Predicate): boolean {
  return predicate.family === 'pattern' && /^\d\d?\.+$/.test(predicate.pattern);
}

/**
 * Every predicate that a family states for one target.
 * @param values values of the target that occur in the universe, ascending
 */
export function predicatesOf(
  spec: StaticSpec,
  target: Target,
  values: readonly number[],
  universe: PromptUniverse,
): Predicate[] {
  switch (spec.family) {
    case 'range':
      return rangePredicates(spec, target, values, universe);
    case 'mod':
      return spec.moduli.flatMap((modulus) =>
        Array.from({ length: modulus }, (_, remainder) => ({ family: 'mod', target, remainder, modulus })),
      );
    case 'pattern':
      return patternPredicates(spec, target, values);
    case 'value':
      return values.map((value) => ({ family: 'value', target, value }));
    case 'identical':
      return [{ family: 'identical', target: 'operands' }];
  }
}

/**
 * Size of the top set, in prompts; fractions are cut off.
 * @param modulus of a `mod` heuristic, 1 for others
 * @param associated prompts for which the heuristic holds
 * @param count prompts of the universe
 */
export function sizeOfTop(
  rule: KRule,
  universe: PromptUniverse,
  count: number,
  modulus = 1,
  associated = 0,
): number {
  const { maxOperand, maxAnswer } = universe;
  const density = count / maxOperand ** 2;
  const perClass = Math.floor(maxOperand / modulus);
  const size = {
    associated,
    oneOperandClass: perClass * maxOperand * density,
    twoOperandClass: perClass ** 2 * density,
    maxOperand,
    maxOperandByDensity: maxOperand * density,
    rootOfMaxAnswer: Math.sqrt(maxAnswer),
  }[rule.rule];
  return Math.trunc(Math.min(size, count, rule.atMost === 'maxOperand' ? maxOperand : Infinity));
}
