import Mustache from 'mustache';

/** A value as the database gives it. */
export type Scalar = string | number | boolean | null;
export type Row = Readonly<Record<string, Scalar>>;

/** Facts that a template may name: `{{name.first.column}}`, `{{#name.rows}} ... {{/name.rows}}`. */
export interface Facts {
  readonly rows: readonly Row[];
  readonly first: Row;
  readonly last: Row;
  /** True when there is a row. */
  readonly some: boolean;
  /** True when there is more than one. */
  readonly several: boolean;
}

/** Rows of a query in the form that templates read. */
export const factsOf = (rows: readonly Row[]): Facts => ({
  rows,
  first: rows[0] ?? {},
  last: rows.at(-1) ?? {},
  some: rows.length > 0,
  several: rows.length > 1,
});

const parse = (text: string): number => Number(text.trim());
const numeric = (format: (value: number) => string) => (text: string) => {
  const value = parse(text);
  return text.trim() === '' || !Number.isFinite(value) ? text : format(value);
};

const fixed = (value: number, digits: number): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** 1 and 0 are said plainly; what only rounds to them is not. */
function percent(value: number): string {
  const hundredths = value * 100;
  if (value === 0 || value === 1) return `${hundredths}%`;
  if (Math.abs(hundredths) < 0.1) return hundredths > 0 ? '<0.1%' : fixed(hundredths, 1) + '%';
  if (hundredths > 99.9 && hundredths < 100) return '>99.9%';
  return `${fixed(hundredths, Math.abs(hundredths) < 10 || hundredths > 99 ? 1 : 0)}%`;
}

const LARGE: readonly (readonly [number, string])[] = [
  [1e12, 'trillion'],
  [1e9, 'billion'],
  [1e6, 'million'],
];

function large(value: number): string {
  const [unit, word] = LARGE.find(([size]) => Math.abs(value) >= size) ?? [1, ''];
  if (word === '') return fixed(value, 0);
  return `${Number((value / unit).toPrecision(3))} ${word}`;
}

/** Two numbers of one size share its word: `2620000 5240000` becomes 2.62–5.24 million. */
function range(text: string): string {
  const [from, to, ...more] = text.trim().split(/\s+/);
  if (from === undefined || to === undefined || more.length > 0) return text;
  const [low, high] = [large(parse(from)), large(parse(to))];
  const word = / \w+$/.exec(high)?.[0] ?? '';
  return `${word !== '' && low.endsWith(word) ? low.slice(0, -word.length) : low}–${high}`;
}

function duration(seconds: number): string {
  if (seconds < 90) return `${fixed(seconds, seconds < 10 ? 1 : 0)} s`;
  return seconds < 5400 ? `${fixed(seconds / 60, 0)} min` : `${fixed(seconds / 3600, 1)} h`;
}

/** What `{{#percent}}{{share}}{{/percent}}` and its like do with a number; other text passes unchanged. */
export const FORMATS: Readonly<Record<string, (text: string) => string>> = {
  /** Share as per cent: 0.4312 becomes 43%. */
  percent: numeric(percent),
  /** Difference of two shares in percentage points: 0.051 becomes 5.1. */
  points: numeric((value) => fixed(value * 100, Math.abs(value) < 0.1 ? 1 : 0)),
  /** Whole number with separators: 1024 becomes 1,024. */
  count: numeric((value) => fixed(value, 0)),
  /** Number with one digit after the point: 14.0049 becomes 14.0. */
  tenths: numeric((value) => fixed(value, 1)),
  /** Number with two digits after the point: 0.7367 becomes 0.74. */
  hundredths: numeric((value) => fixed(value, 2)),
  /** p-value with two digits, or that it is smaller: 0.0004 becomes <0.01. */
  probability: numeric((value) => (value < 0.005 ? '<0.01' : fixed(value, 2))),
  /** 1234567890 becomes 1.23 billion. */
  large: numeric(large),
  /** Two such numbers, with a space between, as a range: 2.62–5.24 million. */
  range,
  /** Seconds as seconds, minutes or hours. */
  duration: numeric(duration),
  /** First letter in upper case. */
  capital: (text) => text.charAt(0).toUpperCase() + text.slice(1),
  /** First 12 characters of a hash. */
  short: (text) => text.slice(0, 12),
  /** Moment to the minute: 2026-01-31 12:00:07.25 becomes 2026-01-31 12:00. */
  minute: (text) => text.slice(0, 16),
  /** One word of a command line. */
  shell: (text) => shellWord(text),
};

/** How a shell takes a word: as it is when harmless, else in single quotes. */
export const shellWord = (word: string): string =>
  /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

type View = Record<string, unknown>;

/** Adds what a sentence needs to join rows: `separator` is '', ', ' or ' and ' before each of them. */
function listItems(rows: readonly Row[]): View[] {
  return rows.map((row, i) => ({
    ...row,
    separator: i === 0 ? '' : i === rows.length - 1 ? ' and ' : ', ',
  }));
}

/** Only when a template joins the rows: a figure may have 100,000 of them, and its words name the first. */
function withListItems(facts: Facts): View {
  let items: View[] | undefined;
  return {
    ...facts,
    get rows() {
      return (items ??= listItems(facts.rows));
    },
  };
}

type TemplateFacts = Readonly<Record<string, Facts | Row>>;

/**
 * Fills a mustache template. The result is plain text: it is escaped once, when it goes into the page, so nothing in
 * the data can be taken for markup. Null values and unknown names are empty.
 */
export function fill(template: string, facts: TemplateFacts): string {
  const view: View = {};
  for (const [name, format] of Object.entries(FORMATS))
    view[name] = () => (text: string, render: (text: string) => string) => format(render(text));
  for (const [name, value] of Object.entries(facts))
    view[name] = isFacts(value) ? withListItems(value) : value;
  return Mustache.render(template, view, {}, { escape: (value: unknown) => String(value) });
}

/** Fills a template of words: parts that came out empty leave no gap. */
export const fillWords = (template: string, facts: TemplateFacts): string =>
  fill(template, facts).replace(/\s+/g, ' ').trim();

const isFacts = (value: Facts | Row): value is Facts => Array.isArray(value['rows']);
