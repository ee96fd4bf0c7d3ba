import { open } from 'node:fs/promises';
import { WeightFileError } from '../errors/weight-file-errors.js';

/** Bytes that can be read anywhere: a file, or memory. */
export interface ByteSource {
  /** Names the source in errors. */
  readonly path: string;
  /** Bytes in all. */
  readonly size: number;
  /**
   * Fills `target` with the bytes from `offset` on.
   * @throws WeightFileError when the source has fewer
   */
  readInto(offset: number, target: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/**
 * A new array of `length` bytes from `offset` on, aligned for any typed array.
 * @throws WeightFileError, before anything is allocated, when the source has fewer
 */
export async function readBytes(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  requireSpan(source, offset, length);
  const bytes = new Uint8Array(length);
  await source.readInto(offset, bytes);
  return bytes;
}

/** @throws WeightFileError unless the source holds `length` bytes from `offset` on */
export function requireSpan({ path, size }: ByteSource, offset: number, length: number): void {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0)
    throw new WeightFileError(path, `names ${length} bytes at ${offset}`);
  if (offset + length > size)
    throw new WeightFileError(
      path,
      `truncated: ${length} bytes at ${offset} are needed, the file has ${size}`,
    );
}

/** A file, opened for reading. @throws Error of the system when it cannot be opened */
export async function openBytes(path: string): Promise<ByteSource> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    return {
      path,
      size,
      readInto: async (offset, target) => {
        for (let done = 0; done < target.length;) {
          const { bytesRead } = await file.read(target, done, target.length - done, offset + done);
          if (bytesRead === 0) throw new WeightFileError(path, 'the file became shorter while it was read');
          done += bytesRead;
        }
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Bytes in memory. @param path names them in errors */
export function bytesInMemory(path: string, bytes: Uint8Array): ByteSource {
  const source: ByteSource = {
    path,
    size: bytes.length,
    readInto: (offset, target) => {
      requireSpan(source, offset, target.length);
      target.set(bytes.subarray(offset, offset + target.length));
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  return source;
}
