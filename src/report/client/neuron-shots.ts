import type { CellValue, TableData } from './chart-data.js';

/** Bytes from low (0) to high (254); 255: nothing. */
export interface Quantised {
  readonly bytes: Uint8Array;
  readonly low: number;
  readonly high: number;
}

/** A neuron's map. */
export interface NeuronMap {
  /** Cells along each operand. */
  readonly side: number;
  readonly cellOperands: number;
  /** [side (op1), side (op2)] */
  readonly cells: Quantised;
  /** By op1, by op2, by result. */
  readonly profiles: readonly Quantised[];
}

/** A neuron at one step. */
export interface Shot extends NeuronMap {
  readonly step: number;
  /** Why there is no map; null where there is one. */
  readonly reason: string | null;
  /** The best of its heuristics with their scores. */
  readonly heuristics: readonly string[];
  /** How many it implements; null where it was not classified. */
  readonly count: number | null;
}

/**
 * Rows of the query `gallery-maps` as shots of each neuron, in the order of the steps. Stands alone: the page carries its
 * source.
 * @returns by operator and name, as `+ 2.117`
 */
export function readShots({ columns, rows }: TableData): ReadonlyMap<string, readonly Shot[]> {
  const bytesOf = (value: CellValue): Uint8Array =>
    Uint8Array.from(atob(String(value ?? '')), (letter) => letter.charCodeAt(0));
  const numberOf = (value: CellValue): number => (value === null ? NaN : Number(value));
  const found = new Map<string, Shot[]>();
  for (const row of rows) {
    const at = (name: string): CellValue => row[columns.indexOf(name)] ?? null;
    const named = at('heuristics');
    const shot: Shot = {
      step: numberOf(at('step')),
      side: numberOf(at('side')),
      cellOperands: numberOf(at('cell_operands')),
      reason: at('cells') === null ? String(at('null_reason')) : null,
      cells: { bytes: bytesOf(at('cells')), low: numberOf(at('low')), high: numberOf(at('high')) },
      profiles: ['op1_profile', 'op2_profile', 'result_profile'].map((name) => ({
        bytes: bytesOf(at(name)),
        low: numberOf(at('profile_low')),
        high: numberOf(at('profile_high')),
      })),
      heuristics: named === null ? [] : String(named).split('; '),
      count: at('n_heuristics') === null ? null : numberOf(at('n_heuristics')),
    };
    const key = `${String(at('operator'))} ${String(at('layer'))}.${String(at('neuron'))}`;
    found.set(key, [...(found.get(key) ?? []), shot]);
  }
  return found;
}

/**
 * Colours of the cells of a map, op1 to the right and op2 upwards. Stands alone: the page carries its source.
 * @param scaledWith maps whose values set the ends of the colours
 * @param colours from the lowest to the highest value, evenly spaced, as #rrggbb
 * @returns [side rows from above, side, red green blue alpha], transparent where there are no prompts
 */
export function cellPixels({
  map: { side, cells },
  scaledWith,
  colours,
}: {
  readonly map: NeuronMap;
  readonly scaledWith: readonly NeuronMap[];
  readonly colours: readonly string[];
}): Uint8ClampedArray<ArrayBuffer> {
  const NOTHING = 255;
  const low = Math.min(...scaledWith.map((other) => other.cells.low).filter(Number.isFinite));
  const high = Math.max(...scaledWith.map((other) => other.cells.high).filter(Number.isFinite));
  const channels = colours.map((colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)));
  const pixels = new Uint8ClampedArray(4 * side * side);
  cells.bytes.forEach((byte, at) => {
    if (byte === NOTHING) return;
    const value = cells.low + (byte / 254) * (cells.high - cells.low);
    const place = high > low ? ((value - low) / (high - low)) * (channels.length - 1) : 0;
    const first = Math.min(Math.floor(place), channels.length - 2);
    const [from = [], to = []] = [channels[first], channels[first + 1]];
    const colour = from.map((channel, i) => channel + (place - first) * ((to[i] ?? 0) - channel));
    const [op1, op2] = [Math.floor(at / side), at % side];
    pixels.set([...colour, 255], 4 * ((side - 1 - op2) * side + op1));
  });
  return pixels;
}
