import { createHash } from 'node:crypto';
import type { TensorValues } from './facts.js';

/** Values kept of each tensor, to measure how far checkpoints are apart. */
const PICKED = 64;
const NEGATIVE_ZERO = 0x80000000;
/** Words hashed at a time. */
const CHUNK = 1 << 18;

/**
 * What identifies the values of a tensor whatever type they are stored as: files can differ in one signed zero and be
 * the same weights.
 * @param data [n] left as it is
 */
export function fingerprint(data: Float32Array): TensorValues {
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length);
  const hash = createHash('sha256');
  const part = new Uint32Array(Math.min(CHUNK, words.length));
  for (let from = 0; from < words.length; from += CHUNK) {
    const count = Math.min(CHUNK, words.length - from);
    for (let i = 0; i < count; i++) {
      const word = words[from + i] ?? 0;
      part[i] = word === NEGATIVE_ZERO ? 0 : word;
    }
    hash.update(new Uint8Array(part.buffer, 0, 4 * count));
  }
  let [squares, notFinite] = [0, 0];
  let constant = true;
  const [first = 0] = data;
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? 0;
    if (Number.isFinite(value)) squares += value * value;
    else notFinite++;
    if (value !== first) constant = false;
  }
  const count = Math.min(PICKED, data.length);
  const picked = Float32Array.from(
    { length: count },
    (_, i) => data[Math.floor((i * data.length) / count)] ?? 0,
  );
  return { fingerprint: hash.digest('hex'), norm: Math.sqrt(squares), notFinite, constant, picked };
}
