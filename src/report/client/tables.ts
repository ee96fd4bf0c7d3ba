import type { CellValue, PackedTable, Shown, TableData } from './chart-data.js';

/** Rows as CSV (RFC 4180): header first, nulls empty. Stands alone: the page carries its source. */
export function toCsv({ columns, rows }: TableData): string {
  const cell = (value: CellValue): string => {
    const text = value === null ? '' : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}

/** The rows that `shown` lets through; columns that the table has not do not count. Stands alone. */
export function shownRows({ columns, rows }: TableData, shown: Shown): TableData {
  const wanted = Object.entries(shown).flatMap(([name, values]) =>
    columns.includes(name) ? [{ place: columns.indexOf(name), values: new Set(values) }] : [],
  );
  return {
    columns,
    rows: rows.filter((row) => wanted.every(({ place, values }) => values.has(row[place] ?? null))),
  };
}

/** A table as it was before `packTable`. Stands alone: the page carries its source. */
export function unpackTable({ columns, length, packed }: PackedTable): TableData {
  const cells = packed.map((column): ((row: number) => CellValue) => {
    if ('same' in column) return () => column.same;
    if ('values' in column) return (row) => column.values[row] ?? null;
    return (row) => column.words[column.at[row] ?? -1] ?? null;
  });
  return { columns, rows: Array.from({ length }, (_, row) => cells.map((cell) => cell(row))) };
}
