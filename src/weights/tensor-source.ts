import { requireSpan, type ByteSource } from './byte-source.js';
import { decodeBF16, decodeF16 } from './half.js';

/** A tensor in memory: its values in row-major order, as float32 whatever was stored. */
export interface RawTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** What headers say of one tensor. */
export interface TensorInfo {
  /** After safetensors: `F32`, `BF16`, `U8`, ... */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes of its values. */
  readonly bytes: number;
  /** Tensors of equal `storage` share their bytes; undefined where the format has no sharing. */
  readonly storage?: string;
}

/** Weight files that are open: what they hold is known, values are read on demand. */
export interface TensorSource {
  /** Names the source in errors: the file, or the index of several. */
  readonly path: string;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** Reads and decodes one tensor. @throws WeightFileError, SafetensorsError when it is absent or no float tensor */
  read(name: string): Promise<RawTensor>;
  /**
   * The first values of a tensor, row-major, all of them where it has fewer; nothing else is read where they lie in a
   * row. For audits.
   * @returns [at most count]
   * @throws as `read`
   */
  readStart(name: string, count: number): Promise<Float32Array>;
  /**
   * A tensor's values, row-major, in strips of `most` and the rest; each may overwrite the one before. A view whose
   * values do not lie in a row comes as one strip, whatever its size.
   * @throws as `read`
   */
  strips(name: string, most: number): AsyncGenerator<Float32Array>;
  close(): Promise<void>;
}

/** Bytes per value of each dtype (safetensors Rust crate, `Dtype`; PyTorch's storages go by the same names). */
export const DTYPE_BYTES: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
};

/** Decoders of 16-bit words into float32 of the same length; F32 needs none. */
const HALF_DECODERS = { F16: decodeF16, BF16: decodeBF16 } as const;

type FloatDtype = 'F32' | keyof typeof HALF_DECODERS;

/** Whether weights may be stored so. */
export function isFloat(dtype: string): dtype is FloatDtype {
  return dtype === 'F32' || Object.hasOwn(HALF_DECODERS, dtype);
}

/** Values that are read at a time where a tensor is not read as a whole, 2 MB: they stay in the processor's cache. */
export const STRIP_VALUES = 1 << 19;

/** Float values that lie one behind the other in a source. */
export interface FloatSpan {
  readonly dtype: FloatDtype;
  /** Of the first byte. */
  readonly offset: number;
  readonly count: number;
}

/**
 * Reads a span as a whole.
 * @returns [count]
 * @throws WeightFileError, before anything is allocated, when the source is shorter
 */
export async function readFloats(source: ByteSource, span: FloatSpan): Promise<Float32Array> {
  const { dtype, offset, count } = span;
  const size = sizeWithin(source, span);
  const values = new Float32Array(count);
  if (dtype === 'F32') await source.readInto(offset, bytesOf(values));
  else
    for (let done = 0; done < count; done += STRIP_VALUES)
      await decodeInto(source, dtype, offset + size * done, values.subarray(done, done + STRIP_VALUES));
  return values;
}

/**
 * Reads a span in strips of at most `most` values, in their order; each is overwritten by the next, so that one is in
 * memory.
 * @throws as `readFloats`
 */
export async function* floatStrips(
  source: ByteSource,
  span: FloatSpan,
  most: number,
): AsyncGenerator<Float32Array> {
  const { dtype, offset, count } = span;
  const size = sizeWithin(source, span);
  const values = new Float32Array(Math.min(count, most));
  for (let done = 0; done < count; done += most) {
    const strip = values.subarray(0, Math.min(most, count - done));
    if (dtype === 'F32') await source.readInto(offset + size * done, bytesOf(strip));
    else await decodeInto(source, dtype, offset + size * done, strip);
    yield strip;
  }
}

/** @returns bytes of a value; @throws WeightFileError where the source is shorter than the span */
function sizeWithin(source: ByteSource, { dtype, offset, count }: FloatSpan): number {
  const size = dtype === 'F32' ? 4 : 2;
  requireSpan(source, offset, size * count);
  return size;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Reads half floats. Their words go to the upper half of `values`, where none is overwritten before it is decoded. */
async function decodeInto(
  source: ByteSource,
  dtype: keyof typeof HALF_DECODERS,
  offset: number,
  values: Float32Array,
): Promise<void> {
  const bytes = 2 * values.length;
  const words = new Uint16Array(values.buffer, values.byteOffset + bytes, values.length);
  await source.readInto(offset, new Uint8Array(words.buffer, words.byteOffset, bytes));
  HALF_DECODERS[dtype](words, values);
}
