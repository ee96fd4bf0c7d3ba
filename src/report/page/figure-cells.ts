import type { FilledFigure } from '../content/gather.js';
import { FORMATS, type Scalar } from '../content/template.js';

function cellText(value: Scalar, format: string | undefined): string {
  if (value === null || value === '') return '–';
  const text = String(value);
  const known = format === undefined ? undefined : FORMATS[format];
  if (known !== undefined) return known(text);
  return typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(4))) : text;
}

interface Cells {
  readonly head: readonly string[];
  readonly body: readonly (readonly string[])[];
  /** Columns that stand to the right. */
  readonly numeric: readonly boolean[];
}

/** The table of a figure as text: the columns that its definition names, else all. */
export function cellsOf({ definition, answer }: FilledFigure): Cells {
  const columns =
    definition.columns ?? answer.columns.map((column) => ({ column, title: column, format: undefined }));
  const body = answer.rows.map((row) =>
    columns.map(({ column, format }) => cellText(row[column] ?? null, format)),
  );
  const head = columns.map(({ title }) => title);
  if (definition.turned)
    return {
      head: ['', ...body.map((_, i) => (body.length === 1 ? 'value' : String(i + 1)))],
      body: head.map((title, i) => [title, ...body.map((row) => row[i] ?? '')]),
      numeric: [],
    };
  const numeric = columns.map(({ column }) =>
    answer.rows.every((row) => row[column] === null || typeof row[column] === 'number'),
  );
  return { head, body, numeric };
}
