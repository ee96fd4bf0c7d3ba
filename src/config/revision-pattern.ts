/**
 * How a suite names its revisions. A pattern is literal text around one placeholder: `{step}`, or `{checkpoint}` for a
 * checkpoint's index, counted from 0; `{step:6}` for a number padded with zeros to at least 6 digits. `*` stands for a
 * part that the step does not decide, such as a count of tokens.
 */
export interface RevisionPattern {
  readonly text: string;
  /** What the number in the name counts. */
  readonly counts: 'step' | 'checkpoint';
  /** Digits at least, padded with zeros. */
  readonly width: number;
  /** Literal text and `*` before the number, and behind it. */
  readonly before: string;
  readonly behind: string;
}

/** Patterns of the public suites, tried in this order on a repo without a manifest. */
const KNOWN_PATTERNS = [
  'step{step}',
  'step-{step}',
  'step_{step}',
  'step-{step:6}-*',
  'step{step}-*',
  'checkpoint-{step}',
  'checkpoint_{step:7}',
  'ckpt_{checkpoint:3}',
  'iter_{step:7}',
  'global_step{step}',
] as const;

/** @returns null for text that is no pattern */
export function parsePattern(text: string): RevisionPattern | null {
  const [, before = '', counts, width, behind = ''] =
    /^([^{}]*)\{(step|checkpoint)(?::([1-9]\d?))?\}([^{}]*)$/.exec(text) ?? [];
  if (counts !== 'step' && counts !== 'checkpoint') return null;
  return { text, counts, width: Number(width ?? 1), before, behind };
}

/** The name for a number; null where a `*` leaves it open. */
export function revisionName({ before, behind, width }: RevisionPattern, number: number): string | null {
  if (before.includes('*') || behind.includes('*')) return null;
  return `${before}${String(number).padStart(width, '0')}${behind}`;
}

/** The number in a name; null when the name does not fit the pattern. Inverse of `revisionName`. */
export function numberOfRevision({ before, behind, width }: RevisionPattern, name: string): number | null {
  const digits = new RegExp(`^${literal(before)}(\\d+)${literal(behind)}$`).exec(name)?.[1];
  if (digits === undefined) return null;
  const number = Number(digits);
  return Number.isSafeInteger(number) && String(number).padStart(width, '0') === digits ? number : null;
}

/** `*` becomes any text that does not begin or end within the number. */
function literal(text: string): string {
  return text
    .split('*')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.+');
}

/**
 * The known pattern that fits most of a repo's revisions, for a repo without a manifest; of two that fit as many, the
 * plainer. Null when none fits two or more.
 * @param refs names of branches and tags
 */
export function guessPattern(refs: readonly string[]): string | null {
  let best: string | null = null;
  let most = 1;
  for (const text of KNOWN_PATTERNS) {
    const pattern = parsePattern(text);
    const fitting = pattern === null ? [] : refs.filter((name) => numberOfRevision(pattern, name) !== null);
    if (fitting.length > most) [best, most] = [text, fitting.length];
  }
  return best;
}
