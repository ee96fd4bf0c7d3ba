import { createHash, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/** The hash that names a file's content: sha256 of an LFS file, else git's blob sha1 (header, then content). */
export function contentHash(file: { readonly size: number; readonly sha256: string | null }): Hash {
  return file.sha256 === null ? createHash('sha1').update(`blob ${file.size}\0`) : createHash('sha256');
}

const CHUNK_BYTES = 4 << 20;

/** Adds the first `length` bytes of a file to a hash. */
export async function hashFromDisk(file: FileHandle, length: number, hash: Hash): Promise<void> {
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, length));
  for (let position = 0; position < length;) {
    const { bytesRead } = await file.read(chunk, 0, Math.min(chunk.length, length - position), position);
    if (bytesRead === 0) throw new Error('the file became shorter while it was read');
    hash.update(chunk.subarray(0, bytesRead));
    position += bytesRead;
  }
}
