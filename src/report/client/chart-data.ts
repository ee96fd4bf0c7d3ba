import type { Spec } from 'vega';
import type { Picks } from '../charts/shown-filter.js';

/** A value of a row. */
export type CellValue = string | number | boolean | null;

/** Rows of a query by position, which takes less room than by name. */
export interface TableData {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly CellValue[])[];
}

/** A column as the page holds it: one value for all rows, or values by row, or places in a list of values by row. */
export type PackedColumn =
  | { readonly same: CellValue }
  | { readonly values: readonly CellValue[] }
  | { readonly words: readonly CellValue[]; readonly at: readonly number[] };

/** A table in little room. */
export interface PackedTable {
  readonly columns: readonly string[];
  readonly length: number;
  readonly packed: readonly PackedColumn[];
}

/** A column of which one value is shown at a time, or a few side by side. */
export interface SliderData {
  readonly column: string;
  /** All values, in order. */
  readonly values: readonly number[];
  /** Those that stand side by side. */
  readonly strip: readonly number[];
}

/** What the page holds of one figure. */
export interface ChartData {
  readonly name: string;
  /** Id of the element that holds its rows. */
  readonly rows: string;
  /** Ids of other data, by the name that the chart gives them. */
  readonly datasets: Readonly<Record<string, string>>;
  /** Compiled chart by theme; null for a table. */
  readonly specs: { readonly light: Spec; readonly dark: Spec } | null;
  readonly picks: Picks;
  readonly slider: SliderData | null;
}

/** What the page holds for all its charts. */
export interface PageData {
  /** Values of the parameters of charts, by the name of the axis of steps. */
  readonly axes: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Ground of a downloaded chart. */
  readonly background: string;
}

export type ThemeName = 'light' | 'dark';

/** Values shown, by column; a column that is not named shows all. */
export type Shown = Readonly<Record<string, readonly CellValue[]>>;
