import { bench, describe } from 'vitest';
import { randomStream } from '../src/domain/random.js';
import { decodeBF16, decodeF16, encodeF16 } from '../src/weights/half.js';

/*
 * Ways to decode half floats; run with `npx vitest bench bench/half-floats`.
 * One call decodes a million values, so that `hz` reads as millions of values a second.
 */

const COUNT = 1_000_000;
const random = randomStream(1, 'half floats');
/** As in a trained model: around 0, some subnormal. */
const bits = encodeF16(Float32Array.from({ length: COUNT }, () => 0.02 * random.normal()));
const values = new Float32Array(COUNT);
const table = decodeF16(Uint16Array.from({ length: 0x10000 }, (_, i) => i));
const tableWords = new Int32Array(table.buffer);

type Decoder = (bits: Uint16Array, values: Float32Array) => unknown;

const wordsOf = (array: Uint16Array | Float32Array): Int32Array =>
  new Int32Array(array.buffer, array.byteOffset, array.byteLength / 4);

const BINARY16: Readonly<Record<string, Decoder>> = {
  'table of floats (src/weights/half.ts)': decodeF16,
  'table of words': (from, to) => {
    const words = wordsOf(to);
    for (let i = 0; i < from.length; i++) words[i] = tableWords[from[i] ?? 0] ?? 0;
  },
  'table of words, two values at once': (from, to) => {
    const [pairs, words] = [wordsOf(from), wordsOf(to)];
    for (let i = 0; i < pairs.length; i++) {
      const pair = pairs[i] ?? 0;
      words[2 * i] = tableWords[pair & 0xffff] ?? 0;
      words[2 * i + 1] = tableWords[pair >>> 16] ?? 0;
    }
  },
  // Bits moved into place, then the exponent set right by a product, which is exact for subnormals too.
  'arithmetic on bits': (from, to) => {
    const words = wordsOf(to);
    for (let i = 0; i < from.length; i++) {
      const half = from[i] ?? 0;
      const word = ((half & 0x8000) << 16) | ((half & 0x7fff) << 13);
      words[i] = (half & 0x7c00) === 0x7c00 ? word | 0x70000000 : word;
    }
    for (let i = 0; i < to.length; i++) to[i] = (to[i] ?? 0) * 2 ** 112;
  },
};

const BFLOAT16: Readonly<Record<string, Decoder>> = {
  'shifted words (src/weights/half.ts)': decodeBF16,
  'shifted words, two values at once': (from, to) => {
    const [pairs, words] = [wordsOf(from), wordsOf(to)];
    for (let i = 0; i < pairs.length; i++) {
      const pair = pairs[i] ?? 0;
      words[2 * i] = pair << 16;
      words[2 * i + 1] = pair & ~0xffff;
    }
  },
};

describe.each([
  ['binary16', BINARY16],
  ['bfloat16', BFLOAT16],
])('%s', (_name, decoders) => {
  for (const [name, decode] of Object.entries(decoders))
    bench(name, () => {
      decode(bits, values);
    });
});
