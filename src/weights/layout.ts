import type { ModelConfig } from '../domain/model-config.js';
import type { RawTensor } from './tensor-source.js';

/**
 * How a stored tensor becomes ours.
 * - `asIs`
 * - `transpose`: [out, in] of torch's Linear to [in, out]
 * - `qkv`: fused rows, interleaved per head as [heads, 3, d_head], to columns q | k | v, head after head
 */
export type Layout = 'asIs' | 'transpose' | 'qkv';

/** Shape of a tensor in our layout. */
export function oursShape(spec: {
  readonly layout: Layout;
  readonly storedShape: readonly number[];
}): readonly number[] {
  return spec.layout === 'asIs' ? spec.storedShape : [...spec.storedShape].reverse();
}

/** What of a table's line and its model decides where values go. */
type Laid = { readonly layout: Layout; readonly storedShape: readonly number[] };

/** Width of a stored tensor's rows; a vector has rows of one value. */
export function rowWidth([, width = 1]: readonly number[]): number {
  return width;
}

/**
 * Puts whole rows of a stored tensor where they belong in ours.
 * @returns takes rows [n x rowWidth], which of the tensor's is their first, and all of ours, row-major
 */
export function rowPlacer(
  { layout, storedShape }: Laid,
  config: ModelConfig,
): (rows: Float32Array, first: number, ours: Float32Array) => void {
  const width = rowWidth(storedShape);
  if (layout === 'asIs') return (rows, first, ours) => ours.set(rows, first * width);
  const [height = 0] = storedShape;
  const columns =
    layout === 'qkv' ? inverse(qkvRows(config)) : Uint32Array.from({ length: height }, (_, i) => i);
  return (rows, first, ours) => placeColumns(rows, columns.subarray(first), width, ours, height);
}

/** Turns a stored tensor into our layout. */
export function toOurs({ layout }: { layout: Layout }, stored: RawTensor, config: ModelConfig): RawTensor {
  const spec = { layout, storedShape: stored.shape };
  const data = new Float32Array(stored.data.length);
  rowPlacer(spec, config)(stored.data, 0, data);
  return { shape: oursShape(spec), data };
}

/** The inverse of `toOurs`. */
export function toStored({ layout }: { layout: Layout }, ours: RawTensor, config: ModelConfig): RawTensor {
  switch (layout) {
    case 'asIs':
      return ours;
    case 'transpose':
      return toOurs({ layout: 'transpose' }, ours, config);
    case 'qkv':
      return permuteRows(toOurs({ layout: 'transpose' }, ours, config), inverse(qkvRows(config)));
  }
}

/** @param order each of 0 .. n-1 once; @returns where each stands in it */
function inverse(order: Uint32Array): Uint32Array {
  const result = new Uint32Array(order.length);
  order.forEach((item, i) => (result[item] = i));
  return result;
}

/** For each row of q | k | v (head after head), the row of the fused, per-head interleaved matrix. @returns [3 dModel] */
function qkvRows({ nHeads, dHead, dModel }: ModelConfig): Uint32Array {
  return Uint32Array.from({ length: 3 * dModel }, (_, i) => {
    const part = Math.floor(i / dModel);
    const head = Math.floor((i % dModel) / dHead) % nHeads;
    return head * 3 * dHead + part * dHead + (i % dHead);
  });
}

/** Row r of the result is row rows[r] of the tensor; a vector has rows of one value. */
function permuteRows({ shape, data }: RawTensor, rows: Uint32Array): RawTensor {
  const width = data.length / rows.length;
  const result = new Float32Array(data.length);
  rows.forEach((row, r) => result.set(data.subarray(row * width, (row + 1) * width), r * width));
  return { shape, data: result };
}

/** Side of the squares that are transposed at a time: a line of the cache. */
const BLOCK = 16;

/**
 * Writes rows as columns.
 * @param rows [n x width], row-major
 * @param columns [at least n] which column of the result each row becomes
 * @param result [width x height], row-major
 */
function placeColumns(
  rows: Float32Array,
  columns: Uint32Array,
  width: number,
  result: Float32Array,
  height: number,
): void {
  const n = rows.length / width;
  for (let i0 = 0; i0 < n; i0 += BLOCK) {
    const iEnd = Math.min(n, i0 + BLOCK);
    for (let j0 = 0; j0 < width; j0 += BLOCK) {
      const jEnd = Math.min(width, j0 + BLOCK);
      for (let i = i0; i < iEnd; i++) {
        const [from, to] = [i * width, columns[i] ?? 0];
        for (let j = j0; j < jEnd; j++) result[j * height + to] = rows[from + j] ?? 0;
      }
    }
  }
}
