import type { FileHandle } from 'node:fs/promises';
import { randomStream } from '../../src/domain/random.js';
import { encodeF16 } from '../../src/weights/half.js';

export type FloatDtype = 'F32' | 'F16' | 'BF16';

export const VALUE_BYTES: Readonly<Record<FloatDtype, number>> = { F32: 4, F16: 2, BF16: 2 };

/** A tensor to write. */
export interface Filled {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Values drawn once and written over and over: drawing a quarter of a billion would take longer than all else. */
const VALUES = 1 << 20;

export function bytesOf({ shape }: Filled, dtype: FloatDtype): number {
  return VALUE_BYTES[dtype] * shape.reduce((product, size) => product * size, 1);
}

/** Writes weights around 0, as a model that is not trained has them. @returns writes the bytes of one tensor */
export function filler(dtype: FloatDtype): (file: FileHandle, bytes: number) => Promise<void> {
  const random = randomStream(1, 'load formats');
  const floats = Float32Array.from({ length: VALUES }, () => 0.02 * random.normal());
  const block = encoded(floats, dtype);
  return async (file, bytes) => {
    for (let done = 0; done < bytes; done += block.length)
      await file.write(block.subarray(0, Math.min(block.length, bytes - done)));
  };
}

function encoded(floats: Float32Array, dtype: FloatDtype): Uint8Array {
  if (dtype === 'F32') return new Uint8Array(floats.buffer);
  if (dtype === 'F16') return new Uint8Array(encodeF16(floats).buffer);
  return new Uint8Array(Uint16Array.from(new Uint32Array(floats.buffer), (word) => word >>> 16).buffer);
}
