import { createHash } from 'node:crypto';
import { SafetensorsError } from '../errors/checkpoint-errors.js';
import { openBytes, readBytes, type ByteSource } from './byte-source.js';
import { encodeF16 } from './half.js';
import { headerLength, parseHeader, type SafetensorsHeader } from './safetensors-header.js';
import {
  floatStrips,
  isFloat,
  readFloats,
  type FloatSpan,
  type RawTensor,
  type TensorSource,
} from './tensor-source.js';

/** An open weight file: the validated header, and its tensors one by one. */
export interface SafetensorsFile extends TensorSource {
  readonly header: SafetensorsHeader;
}

/** Where a float tensor's values lie. */
type TensorSpan = FloatSpan & { readonly shape: readonly number[] };

/**
 * Opens a safetensors file and validates its header; tensors are read on demand, so that the peak is one tensor.
 * @throws SafetensorsError when the file breaks the format
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  return readSafetensors(await openBytes(path));
}

/**
 * Validates the header of safetensors bytes. It owns `source` from then on.
 * @throws SafetensorsError when they break the format; the source is closed then
 */
export async function readSafetensors(source: ByteSource): Promise<SafetensorsFile> {
  const { path, size } = source;
  try {
    const length = headerLength(path, await readBytes(source, 0, Math.min(8, size)), size);
    const header = parseHeader(path, await readBytes(source, 8, length), size);
    return {
      path,
      header,
      tensors: header.tensors,
      read: async (name) => {
        const span = spanOf(source, header, name);
        return { shape: span.shape, data: await readFloats(source, span) };
      },
      readStart: async (name, most) => {
        const span = spanOf(source, header, name);
        return readFloats(source, { ...span, count: Math.min(span.count, most) });
      },
      strips: (name, most) => floatStrips(source, spanOf(source, header, name), most),
      close: () => source.close(),
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** @throws SafetensorsError when there is no such tensor, or it holds no floats */
function spanOf({ path }: ByteSource, { tensors }: SafetensorsHeader, name: string): TensorSpan {
  const entry = tensors.get(name);
  if (entry === undefined) throw new SafetensorsError(path, `there is no tensor '${name}'`);
  const { dtype, shape, start } = entry;
  if (!isFloat(dtype))
    throw new SafetensorsError(path, `tensor '${name}' is ${dtype}; weights are F32, F16 or BF16`);
  return { shape, dtype, offset: start, count: shape.reduce((product, size) => product * size, 1) };
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
