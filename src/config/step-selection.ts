import { UnknownNameError, UsageError } from '../errors/errors.js';

/** One item of a selection. */
type Part =
  | { readonly kind: 'all' }
  | { readonly kind: 'log' }
  | { readonly kind: 'every'; readonly stride: number }
  | { readonly kind: 'last'; readonly count: number }
  | { readonly kind: 'step'; readonly step: number }
  | {
      readonly kind: 'range';
      readonly text: string;
      readonly first: number;
      readonly last: number;
      /** Null: every step between the two. */
      readonly stride: number | null;
    };

const FORMS = 'Write e.g. --steps all, log, every:5000, last:10, or 0,512,1000..143000:1000.';

/** A list is written out up to this length; a longer one is a slip of the pen. */
const MOST_STEPS = 1_000_000;

/**
 * Chooses steps among those that exist. Items are joined by commas, each chooses by itself:
 * - `all`: every step;
 * - `log`: the first, the last, and for each power of two the nearest step, if one lies within half an octave of it;
 * - `every:N`: the steps that are multiples of N;
 * - `last:N`: the last N;
 * - a number: that step, which must exist;
 * - `A..B`: the steps from A to B; `A..B:N`: those of A, A + N, A + 2N, ... up to B that exist.
 * @param text empty for all
 * @param available steps that exist, in any order
 * @returns the chosen steps, ascending, each once
 * @throws UsageError for text of another form, or an item that chooses nothing; UnknownNameError for a step that does
 *   not exist, with the nearest that does
 */
export function selectSteps(text: string, available: readonly number[]): number[] {
  const steps = ascending(available);
  if (text.trim() === '') return steps;
  return ascending(parseParts(text).flatMap((part) => chosenBy(part, steps)));
}

/**
 * Steps that a manifest lists: numbers and ranges `A..B:N`, joined by commas.
 * @returns ascending, each once
 * @throws UsageError for anything else
 */
export function listSteps(text: string): number[] {
  return ascending(
    parseParts(text).flatMap((part) => {
      if (part.kind === 'step') return [part.step];
      if (part.kind !== 'range' || part.stride === null)
        throw new UsageError(`'${text}' lists no steps by number`, 'Write e.g. 0,512,1000..143000:1000.');
      const count = Math.floor((part.last - part.first) / part.stride) + 1;
      if (count > MOST_STEPS)
        throw new UsageError(`'${part.text}' is ${count} steps`, `List at most ${MOST_STEPS}.`);
      const { first, stride } = part;
      return Array.from({ length: count }, (_, i) => first + i * stride);
    }),
  );
}

/**
 * Whether a step is in a list of numbers and ranges `A..B` or `A..B:N`.
 * @throws UsageError for another form
 */
export function inSteps(text: string, step: number): boolean {
  return parseParts(text).some((part) => {
    if (part.kind === 'step') return part.step === step;
    if (part.kind === 'range') return inRange(part, step);
    throw new UsageError(`'${text}' names no steps by number`, 'Write e.g. 0,512,1000..143000.');
  });
}

function parseParts(text: string): Part[] {
  return text.split(',').map((item) => parsePart(item.trim()));
}

function parsePart(text: string): Part {
  if (text === 'all' || text === 'log') return { kind: text };
  const [, word, count] = /^(every|last):(\d+)$/.exec(text) ?? [];
  if (word === 'every') return { kind: 'every', stride: positive(text, count) };
  if (word === 'last') return { kind: 'last', count: positive(text, count) };
  if (/^\d+$/.test(text)) return { kind: 'step', step: whole(text, text) };
  const [, first, last, stride] = /^(\d+)\.\.(\d+)(?::(\d+))?$/.exec(text) ?? [];
  if (first === undefined) throw new UsageError(`'${text}' chooses no steps`, FORMS);
  const range = { first: whole(text, first), last: whole(text, last) };
  if (range.last < range.first)
    throw new UsageError(`'${text}' ends before it begins`, 'Write the smaller step first.');
  return { kind: 'range', text, ...range, stride: stride === undefined ? null : positive(text, stride) };
}

function whole(text: string, digits: string | undefined): number {
  const number = Number(digits);
  if (!Number.isSafeInteger(number)) throw new UsageError(`'${text}' chooses no steps`, FORMS);
  return number;
}

function positive(text: string, digits: string | undefined): number {
  const number = whole(text, digits);
  if (number === 0) throw new UsageError(`'${text}' chooses no steps`, FORMS);
  return number;
}

function inRange({ first, last, stride }: Extract<Part, { kind: 'range' }>, step: number): boolean {
  return step >= first && step <= last && (stride === null || (step - first) % stride === 0);
}

/** @param steps ascending */
function chosenBy(part: Part, steps: readonly number[]): readonly number[] {
  switch (part.kind) {
    case 'all':
      return steps;
    case 'log':
      return logSpaced(steps);
    case 'last':
      return steps.slice(-part.count);
    case 'every':
      return some(
        steps.filter((step) => step % part.stride === 0),
        `no step is a multiple of ${part.stride}`,
        steps,
      );
    case 'range':
      return some(
        steps.filter((step) => inRange(part, step)),
        `no step is in ${part.text}`,
        steps,
      );
    case 'step':
      if (!steps.includes(part.step))
        throw new UnknownNameError(
          'step',
          String(part.step),
          steps.map(String),
          nearest(steps, part.step)?.toString(),
        );
      return [part.step];
  }
}

function some(chosen: readonly number[], problem: string, steps: readonly number[]): readonly number[] {
  if (chosen.length > 0) return chosen;
  const extent = steps.length === 0 ? 'There are none' : `They go from ${steps[0]} to ${steps.at(-1)}`;
  throw new UsageError(problem, `${extent}. ${FORMS}`);
}

/** First, last, and the nearest to each power of two that has one between its multiples by 1/sqrt 2 and sqrt 2. */
function logSpaced(steps: readonly number[]): number[] {
  const last = steps.at(-1) ?? 0;
  const powers = Array.from({ length: Math.ceil(Math.log2(last + 1)) + 1 }, (_, k) => 2 ** k);
  const near = powers.flatMap((power) => {
    const within = steps.filter((step) => step >= power * Math.SQRT1_2 && step <= power * Math.SQRT2);
    return nearest(within, power) ?? [];
  });
  return [...steps.slice(0, 1), ...near, ...steps.slice(-1)];
}

/** The nearest step; of two as near, the smaller. @param steps ascending */
function nearest(steps: readonly number[], target: number): number | undefined {
  let best: number | undefined;
  for (const step of steps)
    if (best === undefined || Math.abs(step - target) < Math.abs(best - target)) best = step;
  return best;
}

function ascending(steps: readonly number[]): number[] {
  return [...new Set(steps)].sort((a, b) => a - b);
}
