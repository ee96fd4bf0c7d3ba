import type { Answer } from '../content/ask.js';
import type { CellValue, PackedColumn, PackedTable } from '../client/chart-data.js';

/** More digits than a chart shows; with all of them a page of many steps were too large. */
const DIGITS = 7;
const rounded = (value: CellValue): CellValue =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(DIGITS)) : value;

function packColumn(values: readonly CellValue[]): PackedColumn {
  const [first = null] = values;
  if (values.every((value) => value === first)) return { same: first };
  const places = new Map<CellValue, number>();
  const at = values.map((value) => {
    const place = places.get(value) ?? places.size;
    places.set(value, place);
    return place;
  });
  const words = [...places.keys()];
  const length = (value: unknown): number => JSON.stringify(value).length;
  return length(words) + length(at) < length(values) ? { words, at } : { values };
}

/**
 * Rows by column, where each value is written once if that is shorter, and fractions have seven digits; `unpackTable` is the
 * way back.
 */
export function packTable({ columns, rows }: Pick<Answer, 'columns' | 'rows'>): PackedTable {
  return {
    columns,
    length: rows.length,
    packed: columns.map((column) => packColumn(rows.map((row) => rounded(row[column] ?? null)))),
  };
}
