import type { Random } from '../../src/domain/random.js';

/** Values that break lengths, counts and offsets when they are written over one. */
const EXTREMES = [
  0n,
  1n,
  0x7fn,
  0xffn,
  0x7fffn,
  0xffffn,
  0x7fffffffn,
  0xffffffffn,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];

const below = (random: Random, limit: number): number => random.int(0, limit - 1);

type Mutation = (bytes: Buffer, at: number, random: Random) => Buffer;

const MUTATIONS: readonly Mutation[] = [
  // one bit
  (bytes, at, random) => {
    bytes[at] = (bytes[at] ?? 0) ^ (1 << below(random, 8));
    return bytes;
  },
  // one byte
  (bytes, at, random) => {
    bytes[at] = below(random, 256);
    return bytes;
  },
  // a number of 1, 2, 4 or 8 bytes
  (bytes, at, random) => {
    const field = Buffer.alloc(8);
    field.writeBigUInt64LE(EXTREMES[below(random, EXTREMES.length)] ?? 0n);
    field.copy(bytes, at, 0, 1 << below(random, 4));
    return bytes;
  },
  // cut short
  (bytes, at) => bytes.subarray(0, at),
  // bytes taken out
  (bytes, at, random) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(random, 16))]),
  // bytes put in
  (bytes, at, random) => {
    const added = Buffer.from(Array.from({ length: 1 + below(random, 16) }, () => below(random, 256)));
    return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at)]);
  },
  // a piece of it again, elsewhere
  (bytes, at, random) => {
    const from = below(random, bytes.length);
    const piece = bytes.subarray(from, from + 1 + below(random, 32));
    return Buffer.concat([
      bytes.subarray(0, at),
      piece,
      bytes.subarray(at + below(random, 2) * piece.length),
    ]);
  },
];

/**
 * A copy of a valid file with one to three faults.
 * @param focus spans [from, to) in which every other fault lies: headers and directories, since most bytes are data
 */
export function mutated(
  file: Uint8Array,
  focus: readonly (readonly [from: number, to: number])[],
  random: Random,
): Uint8Array {
  let bytes: Buffer = Buffer.from(file);
  for (let left = 1 + below(random, 2) * below(random, 3); left > 0 && bytes.length > 0; left--) {
    const [from, to] = (below(random, 2) === 0 ? undefined : focus[below(random, focus.length)]) ?? [
      0,
      file.length,
    ];
    const at = Math.min(bytes.length - 1, from + below(random, to - from));
    bytes = MUTATIONS[below(random, MUTATIONS.length)]?.(bytes, at, random) ?? bytes;
  }
  return new Uint8Array(bytes);
}
