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

/** Turns a stored tensor into our layout. */
export function toOurs({ layout }: { layout: Layout }, stored: RawTensor, config: ModelConfig): RawTensor {
  switch (layout) {
    case 'asIs':
      return stored;
    case 'transpose':
      return transpose(stored);
    case 'qkv':
      return transpose(stored, qkvRows(config));
  }
}

/** The inverse of `toOurs`. */
export function toStored({ layout }: { layout: Layout }, ours: RawTensor, config: ModelConfig): RawTensor {
  switch (layout) {
    case 'asIs':
      return ours;
    case 'transpose':
      return transpose(ours);
    case 'qkv': {
      const inverse = new Uint32Array(3 * config.dModel);
      qkvRows(config).forEach((row, i) => (inverse[row] = i));
      return permuteRows(transpose(ours), inverse);
    }
  }
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
 * [a, b] to [b, a]; a vector keeps its shape.
 * @param rows [a] which row of the tensor counts as the r-th; all in their order where it is left out
 */
function transpose(tensor: RawTensor, rows?: Uint32Array): RawTensor {
  const [a = 0, b] = tensor.shape;
  if (b === undefined) return rows === undefined ? tensor : permuteRows(tensor, rows);
  const { data } = tensor;
  const result = new Float32Array(data.length);
  const starts = Uint32Array.from({ length: a }, (_, i) => (rows?.[i] ?? i) * b);
  for (let i0 = 0; i0 < a; i0 += BLOCK) {
    const iEnd = Math.min(a, i0 + BLOCK);
    for (let j0 = 0; j0 < b; j0 += BLOCK) {
      const jEnd = Math.min(b, j0 + BLOCK);
      for (let j = j0; j < jEnd; j++) {
        const to = j * a;
        for (let i = i0; i < iEnd; i++) result[to + i] = data[(starts[i] ?? 0) + j] ?? 0;
      }
    }
  }
  return { shape: [b, a], data: result };
}
