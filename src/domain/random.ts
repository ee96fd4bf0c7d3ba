import { createHash } from 'node:crypto';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A seeded source of randomness; equal seeds and purposes give equal sequences on every machine. */
export interface Random {
  /** Whole number in [low, high], both included, without modulo bias. */
  int(low: number, high: number): number;
  /** Number in [0, 1) with 53 random bits. */
  uniform(): number;
  /** Standard normal deviate (Box and Muller 1958). */
  normal(): number;
}

/**
 * Opens the random stream of one purpose. Streams of different purposes are independent,
 * so that adding a draw in one place changes no other place.
 * @param seed any whole number; a negative one is allowed
 * @param purpose names of what the numbers are for, e.g. `['batch', 17]`
 */
export function randomStream(seed: number, ...purpose: readonly (string | number)[]): Random {
  const digest = createHash('sha256')
    .update(JSON.stringify([seed, ...purpose]))
    .digest();
  const generator = xoroshiro128plus(digest.readInt32LE(0));
  const uniform = (): number =>
    (uniformInt(generator, 0, 0x3ffffff) * 0x8000000 + uniformInt(generator, 0, 0x7ffffff)) / 2 ** 53;
  return {
    int: (low, high) => uniformInt(generator, low, high),
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

/** A seed of one purpose for code that takes a number. @returns a whole number in [0, 2^31) */
export const derivedSeed = (seed: number, ...purpose: readonly (string | number)[]): number =>
  randomStream(seed, ...purpose).int(0, 2 ** 31 - 1);

/** A seeded permutation of 0 .. count - 1. @returns [count] */
export function permutation(count: number, random: Random): Uint32Array {
  return shuffle(
    Uint32Array.from({ length: count }, (_, i) => i),
    random,
  );
}

/** Permutes values in place (Fisher and Yates). @returns the same array */
export function shuffle<T extends Uint32Array | Float64Array>(values: T, random: Random): T {
  for (let i = values.length - 1; i > 0; i--) {
    const j = random.int(0, i);
    const swapped = values[i] ?? 0;
    values[i] = values[j] ?? 0;
    values[j] = swapped;
  }
  return values;
}
