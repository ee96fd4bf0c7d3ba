import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { SafetensorsError } from '../errors/errors.js';
import { decodeBF16, decodeF16, encodeF16 } from './half.js';
import { headerLength, parseHeader, type SafetensorsHeader } from './safetensors-header.js';

/** A tensor in memory: its values in row-major order, as float32 whatever was stored. */
export interface RawTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The dtypes of which a model's weights may be. */
const DECODERS: Readonly<Record<string, (bytes: Uint8Array) => Float32Array>> = {
  F32: (bytes) => new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4),
  F16: (bytes) => decodeF16(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)),
  BF16: (bytes) => decodeBF16(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)),
};

/** An open weight file: the validated header, and its tensors one by one. */
export interface SafetensorsFile {
  readonly header: SafetensorsHeader;
  /** Reads and decodes one tensor. @throws SafetensorsError when it is absent or no float tensor */
  read(name: string): Promise<RawTensor>;
  close(): Promise<void>;
}

/**
 * Opens a safetensors file and validates its header; tensors are read on demand, so that the peak is one tensor.
 * @throws SafetensorsError when the file breaks the format
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const length = headerLength(path, await readSpan(path, file, 0, Math.min(8, size)), size);
    const header = parseHeader(path, await readSpan(path, file, 8, length), size);
    return { header, read: (name) => readTensor(path, file, header, name), close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readTensor(
  path: string,
  file: FileHandle,
  header: SafetensorsHeader,
  name: string,
): Promise<RawTensor> {
  const entry = header.tensors.get(name);
  if (entry === undefined) throw new SafetensorsError(path, `there is no tensor '${name}'`);
  const decode = DECODERS[entry.dtype];
  if (decode === undefined)
    throw new SafetensorsError(path, `tensor '${name}' is ${entry.dtype}; weights are F32, F16 or BF16`);
  return {
    shape: entry.shape,
    data: decode(await readSpan(path, file, entry.start, entry.end - entry.start)),
  };
}

async function readSpan(path: string, file: FileHandle, start: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, start + done);
    if (bytesRead === 0) throw new SafetensorsError(path, 'the file became shorter while it was read');
    done += bytesRead;
  }
  return bytes;
}

/**
 * Serialises tensors in the order given. Equal tensors give equal bytes.
 * @param dtype how the values are stored; F16 rounds to nearest even
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, RawTensor>,
  dtype: 'F16' | 'F32',
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    const values = dtype === 'F16' ? encodeF16(data) : data;
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
    parts.push(bytes);
  }
  const json = JSON.stringify(header);
  // Spaces align the data to 8 bytes, as the format asks of writers.
  const text = Buffer.from(
    json.padEnd(Math.ceil(Buffer.byteLength(json) / 8) * 8 - Buffer.byteLength(json) + json.length),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...parts]);
}

/** sha256 of bytes as lower-case hex. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
