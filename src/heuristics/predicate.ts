import type { Heuristic, Target } from '../domain/heuristic.js';
import type { PromptTable } from '../domain/prompt.js';

/** What a heuristic says of a prompt. Its key and its predicate are two spellings of one fact. */
export type Predicate =
  /** from <= value < to */
  | { readonly family: 'range'; readonly target: Target; readonly from: number; readonly to: number }
  | { readonly family: 'mod'; readonly target: Target; readonly remainder: number; readonly modulus: number }
  /** Three characters, digits or `.` for any digit, against the zero-padded value. */
  | { readonly family: 'pattern'; readonly target: Target; readonly pattern: string }
  | { readonly family: 'value'; readonly target: Target; readonly value: number }
  | { readonly family: 'identical'; readonly target: 'operands' }
  | { readonly family: 'multi'; readonly target: 'result'; readonly values: readonly number[] };

/** Digits of a pattern; larger numbers match none. */
export const PATTERN_DIGITS = 3;

/** The readable, unique name of a predicate inside one operator, e.g. `op1 in [10,40)`. */
export function predicateKey(predicate: Predicate): string {
  switch (predicate.family) {
    case 'range':
      return `${predicate.target} in [${predicate.from},${predicate.to})`;
    case 'mod':
      return `${predicate.target} = ${predicate.remainder} mod ${predicate.modulus}`;
    case 'pattern':
      return `${predicate.target} ~ ${predicate.pattern}`;
    case 'value':
      return `${predicate.target} = ${predicate.value}`;
    case 'identical':
      return 'op1 = op2';
    case 'multi':
      return `${predicate.target} in {${predicate.values.join(',')}}`;
  }
}

const TARGET = '(?<target>op1|op2|operands|result)';
const RANGE = new RegExp(`^${TARGET} in \\[(?<from>\\d+),(?<to>\\d+)\\)$`);
const MOD = new RegExp(`^${TARGET} = (?<remainder>\\d+) mod (?<modulus>\\d+)$`);
const PATTERN = new RegExp(`^${TARGET} ~ (?<pattern>[\\d.]{${PATTERN_DIGITS}})$`);
const VALUE = new RegExp(`^${TARGET} = (?<value>\\d+)$`);
const MULTI = /^result in \{(?<values>\d+(?:,\d+)*)\}$/;

function isTarget(text: string | undefined): text is Target {
  return text === 'op1' || text === 'op2' || text === 'operands' || text === 'result';
}

/**
 * The predicate of a key, as stored in a database or written by {@link predicateKey}.
 * @throws RangeError when the text is no key
 */
export function parsePredicate(key: string): Predicate {
  if (key === 'op1 = op2') return { family: 'identical', target: 'operands' };
  const multi = MULTI.exec(key)?.groups?.['values'];
  if (multi !== undefined) return { family: 'multi', target: 'result', values: multi.split(',').map(Number) };
  const groups = (RANGE.exec(key) ?? MOD.exec(key) ?? PATTERN.exec(key) ?? VALUE.exec(key))?.groups ?? {};
  const { target, from, to, remainder, modulus, pattern, value } = groups;
  if (isTarget(target)) {
    if (from !== undefined) return { family: 'range', target, from: Number(from), to: Number(to) };
    if (remainder !== undefined)
      return { family: 'mod', target, remainder: Number(remainder), modulus: Number(modulus) };
    if (pattern !== undefined) return { family: 'pattern', target, pattern };
    if (value !== undefined) return { family: 'value', target, value: Number(value) };
  }
  throw new RangeError(`'${key}' is not the key of a heuristic`);
}

/** Whether a number fits a three-character pattern, zero-padded: 7 fits `0.7`. */
function fitsPattern(value: number, pattern: string): boolean {
  const digits = String(value).padStart(PATTERN_DIGITS, '0');
  return (
    digits.length === PATTERN_DIGITS &&
    Array.from(pattern).every((mark, i) => mark === '.' || mark === digits[i])
  );
}

/** Whether a predicate holds for one value of its target. `op1 = op2` speaks of no single value and holds for any. */
export function holdsForValue(predicate: Predicate, value: number): boolean {
  switch (predicate.family) {
    case 'range':
      return predicate.from <= value && value < predicate.to;
    case 'mod':
      return value % predicate.modulus === predicate.remainder;
    case 'pattern':
      return fitsPattern(value, predicate.pattern);
    case 'value':
      return value === predicate.value;
    case 'identical':
      return true;
    case 'multi':
      return predicate.values.includes(value);
  }
}

/**
 * A predicate of one value as a table.
 * @returns [size], 1 where it holds for the value
 */
export function valueTable(predicate: Predicate, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, value) => (holdsForValue(predicate, value) ? 1 : 0));
}

/** What association looks at of a prompt. */
export interface PromptValues {
  readonly op1: number;
  readonly op2: number;
  readonly answer: number;
}

/** Whether a predicate holds for a prompt, taken to be one of the predicate's operator. */
export function holdsForPrompt(predicate: Predicate, prompt: PromptValues): boolean {
  if (predicate.family === 'identical') return prompt.op1 === prompt.op2;
  switch (predicate.target) {
    case 'op1':
      return holdsForValue(predicate, prompt.op1);
    case 'op2':
      return holdsForValue(predicate, prompt.op2);
    case 'operands':
      return holdsForValue(predicate, prompt.op1) && holdsForValue(predicate, prompt.op2);
    case 'result':
      return holdsForValue(predicate, prompt.answer);
  }
}

/**
 * Whether a prompt is associated with a heuristic, by the very predicate that classification uses.
 * The prompt is taken to be one of the heuristic's operator.
 * @throws RangeError when the heuristic's key is none
 */
export function isAssociated(heuristic: Pick<Heuristic, 'key'>, prompt: PromptValues): boolean {
  return holdsForPrompt(parsePredicate(heuristic.key), prompt);
}

/**
 * Prompts of a table for which a heuristic holds: {@link isAssociated} of each.
 * @returns indices into the table, ascending
 * @throws RangeError when the heuristic's key is none
 */
export function associatedPrompts(heuristic: Pick<Heuristic, 'key'>, table: PromptTable): Uint32Array {
  const predicate = parsePredicate(heuristic.key);
  const { op1, op2, answer } = table;
  const first = predicate.target === 'result' ? answer : predicate.target === 'op2' ? op2 : op1;
  const second = predicate.target === 'operands' ? op2 : first;
  const fits = valueTable(predicate, 1 + Math.max(largest(first), largest(second)));
  const identical = predicate.family === 'identical';
  const found: number[] = [];
  for (let p = 0; p < table.count; p++) {
    const a = first[p] ?? 0;
    const b = second[p] ?? 0;
    if (identical ? a === b : fits[a] === 1 && fits[b] === 1) found.push(p);
  }
  return Uint32Array.from(found);
}

/** Largest number of a column, -1 when it is empty. */
function largest(column: Uint16Array): number {
  return column.reduce((most, value) => (value > most ? value : most), -1);
}
