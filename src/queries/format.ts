import { stringify } from 'csv-stringify/sync';
import { recordsOf } from './records.js';
import type { Cell, QueryResult } from './run-query.js';

/** Formats of a result as text; Parquet is a file, see `writeParquet`. */
export const TEXT_FORMATS = ['table', 'csv', 'json', 'markdown'] as const;
export type TextFormat = (typeof TEXT_FORMATS)[number];

type Table = Pick<QueryResult, 'columns' | 'rows'>;

/** Digits of a fraction in `table` and `markdown`; the other formats give every digit. */
const SIGNIFICANT_DIGITS = 4;

const isNumber = (value: Cell): value is number => typeof value === 'number';
const text = (value: Cell): string => (typeof value === 'string' ? value : JSON.stringify(value));

function rounded(value: Cell): string {
  if (value === null) return '';
  if (isNumber(value) && !Number.isInteger(value))
    return String(Number(value.toPrecision(SIGNIFICANT_DIGITS)));
  return text(value);
}

/** Control characters as escapes: a name must not move the cursor or break a row. */
const visible = (value: string): string =>
  value.replace(
    /[\u0000-\u001f\u007f-\u009f]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

function aligned({ columns, rows }: Table): string {
  const header = columns.map(({ name }) => visible(name));
  const body = rows.map((row) => row.map((value) => visible(rounded(value))));
  const widths = header.map((name, i) => Math.max(name.length, ...body.map((row) => row[i]?.length ?? 0)));
  const numeric = header.map((_, i) => rows.every((row) => row[i] === null || isNumber(row[i] ?? null)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((value, i) =>
        numeric[i] === true ? value.padStart(widths[i] ?? 0) : value.padEnd(widths[i] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

const markdownCell = (value: string): string =>
  visible(value)
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replaceAll('*', '\\*');

function markdown({ columns, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(markdownCell).join(' | ')} |`;
  const rule = columns.map((_, i) =>
    rows.length > 0 && rows.every((row) => isNumber(row[i] ?? 0)) ? '--:' : '---',
  );
  return [
    line(columns.map(({ name }) => name)),
    `| ${rule.join(' | ')} |`,
    ...rows.map((row) => line(row.map(rounded))),
  ].join('\n');
}

const FORMATS: Record<TextFormat, (result: Table) => string> = {
  table: aligned,
  markdown,
  csv: ({ columns, rows }) =>
    stringify([
      columns.map(({ name }) => name),
      ...rows.map((row) => row.map((v) => (v === null ? null : text(v)))),
    ]).trimEnd(),
  json: (table) => JSON.stringify(recordsOf(table), null, 2),
};

/**
 * A result as text without a final line break. `table` and `markdown` round fractions to four digits and leave nulls
 * empty; `csv` (RFC 4180, header first, nulls empty) and `json` (an array of objects) give every digit.
 */
export function formatResult({
  result,
  format,
}: {
  readonly result: Table;
  readonly format: TextFormat;
}): string {
  return FORMATS[format](result);
}
