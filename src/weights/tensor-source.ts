import { readBytes, requireSpan, type ByteSource } from './byte-source.js';
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

/** Values decoded at a time: their words and floats stay in the processor's cache, and no tensor is held twice. */
const CHUNK = 1 << 19;

/**
 * Reads `count` values that lie one behind the other.
 * @param offset of the first byte
 * @returns [count]
 * @throws WeightFileError, before anything is allocated, when the source is shorter
 */
export async function readFloats(
  source: ByteSource,
  { dtype, offset, count }: { readonly dtype: FloatDtype; readonly offset: number; readonly count: number },
): Promise<Float32Array> {
  if (dtype === 'F32') return new Float32Array((await readBytes(source, offset, 4 * count)).buffer);
  requireSpan(source, offset, 2 * count);
  const values = new Float32Array(count);
  const words = new Uint16Array(Math.min(count, CHUNK));
  for (let done = 0; done < count; done += CHUNK) {
    const part = words.subarray(0, Math.min(CHUNK, count - done));
    await source.readInto(offset + 2 * done, new Uint8Array(part.buffer, 0, part.byteLength));
    HALF_DECODERS[dtype](part, values.subarray(done, done + part.length));
  }
  return values;
}
