import { open } from 'node:fs/promises';
import { bytesOf, filler, type Filled, type FloatDtype } from './filler.js';

/** Writes a safetensors file tensor by tensor. */
export async function writeSafetensors(
  path: string,
  tensors: readonly Filled[],
  dtype: FloatDtype,
): Promise<void> {
  const header: Record<string, unknown> = {};
  let offset = 0;
  for (const tensor of tensors) {
    const end = offset + bytesOf(tensor, dtype);
    header[tensor.name] = { dtype, shape: tensor.shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = JSON.stringify(header);
  const text = Buffer.from(json.padEnd(8 * Math.ceil(json.length / 8)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const fill = filler(dtype);
  const file = await open(path, 'w');
  try {
    await file.write(Buffer.concat([length, text]));
    for (const tensor of tensors) await fill(file, bytesOf(tensor, dtype));
  } finally {
    await file.close();
  }
}
