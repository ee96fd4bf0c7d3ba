/// <reference lib="dom" />

import type { cellPixels, NeuronMap, Quantised } from './neuron-shots.js';

/** Where a map is drawn, CSS pixels. */
export interface MapBox {
  readonly left: number;
  readonly top: number;
  readonly size: number;
}

/** What a drawn map says. */
export interface MapWords {
  readonly said: string;
  /** Of a place in CSS pixels; empty where no cell with prompts is. */
  readonly at: (x: number, y: number) => string;
}

/**
 * Paints the cells of a map, op1 to the right and op2 upwards. Stands alone: the page carries its source.
 * @param pixels colours of its cells
 * @param hatch colour of lines where there are no prompts; null for none
 */
export function paintMap({
  context,
  map: { side, cellOperands, cells },
  pixels,
  hatch,
  box: { left, top, size },
}: {
  readonly context: CanvasRenderingContext2D;
  readonly map: NeuronMap;
  readonly pixels: ReturnType<typeof cellPixels>;
  readonly hatch: string | null;
  readonly box: MapBox;
}): MapWords {
  const NOTHING = 255;
  const valueOf = (byte: number): number => cells.low + (byte / 254) * (cells.high - cells.low);
  if (hatch !== null && cells.bytes.includes(NOTHING)) {
    context.save();
    context.beginPath();
    context.rect(left, top, size, size);
    context.clip();
    context.beginPath();
    for (let x = left - size; x < left + size; x += 6) {
      context.moveTo(x, top + size);
      context.lineTo(x + size, top);
    }
    context.strokeStyle = hatch;
    context.stroke();
    context.restore();
  }
  const largest = cells.bytes.reduce(
    (best, byte, at) => (byte !== NOTHING && (best < 0 || byte > (cells.bytes[best] ?? 0)) ? at : best),
    -1,
  );
  const small = document.createElement('canvas');
  small.width = small.height = side;
  small.getContext('2d')?.putImageData(new ImageData(pixels, side, side), 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, left, top, size, size);

  const spell = (value: number): string => Number(value.toPrecision(3)).toLocaleString('en-US');
  const operands = (cell: number): string =>
    cellOperands === 1 ? String(cell) : `${cell * cellOperands} to ${(cell + 1) * cellOperands - 1}`;
  const place = (at: number): string =>
    `op1 is ${operands(Math.floor(at / side))} and op2 is ${operands(at % side)}`;
  return {
    said: `mean activation from ${spell(cells.low)} to ${spell(cells.high)}, largest where ${place(largest)}`,
    at: (x, y) => {
      const [op1, up] = [x - left, y - top].map((pixels) => Math.floor((pixels / size) * side));
      const op2 = side - 1 - (up ?? 0);
      const isInside = [op1, op2].every((cell) => cell !== undefined && cell >= 0 && cell < side);
      const cell = (op1 ?? 0) * side + op2;
      const byte = cells.bytes[cell] ?? NOTHING;
      return isInside && byte !== NOTHING ? `${spell(valueOf(byte))} where ${place(cell)}` : '';
    },
  };
}

/**
 * Draws the means by op1 above a map, by op2 beside it and by result below, and its axes. Stands alone: the page
 * carries its source.
 * @param scaledWith maps whose values set the length of the bars
 * @param length of the longest bar, CSS pixels
 */
export function drawBars({
  context,
  map: { profiles },
  scaledWith,
  box: { left, top, size },
  length,
  style,
}: {
  readonly context: CanvasRenderingContext2D;
  readonly map: NeuronMap;
  readonly scaledWith: readonly NeuronMap[];
  readonly box: MapBox;
  readonly length: number;
  readonly style: { readonly line: string; readonly words: string; readonly font: string };
}): void {
  const NOTHING = 255;
  const all = scaledWith.flatMap((other) => other.profiles).filter(({ low }) => Number.isFinite(low));
  const low = Math.min(...all.map((profile) => profile.low));
  const high = Math.max(...all.map((profile) => profile.high));
  const eachBar = (
    profile: Quantised | undefined,
    use: (at: number, width: number, long: number) => void,
  ): void => {
    const width = size / (profile?.bytes.length ?? 1);
    profile?.bytes.forEach((byte, i) => {
      const value = profile.low + (byte / 254) * (profile.high - profile.low);
      if (byte !== NOTHING && high > low) use(i * width, width, ((value - low) / (high - low)) * length);
    });
  };
  const [op1, op2, result] = profiles;
  const foot = top + size + 18 + length;
  context.fillStyle = style.words;
  eachBar(op1, (at, width, long) => context.fillRect(left + at, top - 2 - long, width, long));
  eachBar(op2, (at, width, long) => context.fillRect(left + size + 2, top + size - at - width, long, width));
  eachBar(result, (at, width, long) => context.fillRect(left + at, foot - long, width, long));
  context.strokeStyle = style.line;
  context.strokeRect(left - 0.5, top - 0.5, size + 1, size + 1);
  context.font = style.font;
  const write = (text: string, x: number, y: number, align: CanvasTextAlign): void => {
    context.textAlign = align;
    context.fillText(text, x, y);
  };
  const last = (profile: Quantised | undefined): string => String((profile?.bytes.length ?? 1) - 1);
  const axis = (name: string, end: string, y: number): void => {
    write('0', left, y, 'left');
    write(name, left + size / 2, y, 'center');
    write(end, left + size, y, 'right');
  };
  axis('op1', last(op1), top + size + 11);
  axis('result', last(result), foot + 11);
  write('0', left - 4, top + size, 'right');
  write('op2', left - 4, top + size / 2, 'right');
  write(last(op2), left - 4, top + 9, 'right');
}
