import { textMetrics } from 'vega';

/** What Vega says of a text that it measures. */
interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
  /** Width that it is cut to, pixels; 0 where it is not. */
  readonly limit?: number;
}

declare module 'vega' {
  /** How wide words are: a part of Vega that its types leave out. */
  export const textMetrics: { width: (item: TextItem, text: unknown) => number };
}

/** Fonts of charts that are drawn into files: alike in width, at least one of them on every system. */
export const FILE_FONT = 'Arial, Helvetica, "Liberation Sans", Arimo, sans-serif';

/** Widths of Helvetica, which Arial and Liberation Sans share, in thousandths of the font size. */
const WIDTHS: readonly (readonly [number, string])[] = [
  [191, "'"],
  [222, 'ijl‘’'],
  [260, '|'],
  [278, ' !,./:;I[]\\ft'],
  [333, '()`r-“”'],
  [334, '{}'],
  [355, '"'],
  [389, '*'],
  [469, '^'],
  [500, 'Jckvsxyz'],
  [556, '#$0123456789?L_abdeghnopqu–'],
  [584, '+<=>~−×÷'],
  [611, 'FTZ'],
  [667, '&ABEKPSVXY'],
  [722, 'CDHNRUw'],
  [778, 'GOQ'],
  [833, 'Mm'],
  [889, '%'],
  [944, 'W'],
  [1000, '—…'],
  [1015, '@'],
];
/** Of letters that the table has not. */
const OTHER = 600;
const BOLD = 1.07;
/** Vega's own default, pixels. */
const FONT_SIZE = 11;

const widthOf = new Map(
  WIDTHS.flatMap(([width, letters]) => Array.from(letters, (letter) => [letter, width] as const)),
);

/** Width of a line of text, pixels, from a table, so that a chart is laid out alike on every machine. */
export function textWidth(text: string, { fontSize = FONT_SIZE, fontWeight, limit = 0 }: TextItem): number {
  const thousandths = Array.from(text, (letter) => widthOf.get(letter) ?? OTHER).reduce(
    (sum, width) => sum + width,
    0,
  );
  const bold = fontWeight === 'bold' || Number(fontWeight) >= 600;
  const width = (thousandths / 1000) * fontSize * (bold ? BOLD : 1);
  return limit > 0 ? Math.min(width, limit) : width;
}

/** Lets Vega measure by `textWidth` in Node, where it has no canvas to ask and takes every letter for a wide one. */
export function measureByTable(): void {
  textMetrics.width = (item, text) =>
    typeof text === 'string' || typeof text === 'number' ? textWidth(String(text), item) : 0;
}
