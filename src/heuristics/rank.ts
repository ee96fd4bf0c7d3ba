/** Least significant digits first: 11 + 11 + 10 bits make 32 in three passes. */
const DIGIT_BITS = 11;
const BUCKETS = 1 << DIGIT_BITS;
const DIGIT_MASK = BUCKETS - 1;
/** Bits of -0 and of the largest positive pattern, as signed whole numbers (which engines keep unboxed). */
const NEGATIVE_ZERO = -0x8000_0000;
const LARGEST = 0x7fff_ffff;

/** Ranks maps of one size; its buffers are reused from map to map. */
export interface Ranker {
  /** [count] the map to rank, written by the caller before each call of `rank` */
  readonly values: Float32Array;
  /**
   * Sorts the map from its largest value to its smallest; equal values (0 and -0 are equal) keep the order that they have
   * in `values`. Values must be finite.
   * @param ids ids[start + i] is the prompt of values[i]
   * @param order [count] receives the prompts, largest value first
   */
  rank(ids: Uint32Array, start: number, order: Uint32Array): void;
}

/** Turns counts into first positions, in place. */
function accumulate(counts: Uint32Array): void {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    const own = counts[i] ?? 0;
    counts[i] = sum;
    sum += own;
  }
}

/**
 * Opens a ranker for maps over `count` prompts: a radix sort on the bits of float32, whose patterns
 * order as whole numbers do once one sign is inverted (Herf 2001, "Radix tricks").
 */
export function openRanker(count: number): Ranker {
  const values = new Float32Array(count);
  const bits = new Int32Array(values.buffer);
  const [keysA, keysB] = [new Int32Array(count), new Int32Array(count)];
  const [idsA, idsB] = [new Uint32Array(count), new Uint32Array(count)];
  const [low, middle, high] = [new Uint32Array(BUCKETS), new Uint32Array(BUCKETS), new Uint32Array(BUCKETS)];

  function rank(ids: Uint32Array, start: number, order: Uint32Array): void {
    low.fill(0);
    middle.fill(0);
    high.fill(0);
    for (let i = 0; i < count; i++) {
      const raw = bits[i] ?? 0;
      // Read without sign, keys rise as values fall: positive numbers are inverted, negative ones run that way already.
      const key = raw >= 0 ? LARGEST - raw : raw === NEGATIVE_ZERO ? LARGEST : raw;
      bits[i] = key;
      low[key & DIGIT_MASK] = (low[key & DIGIT_MASK] ?? 0) + 1;
      const second = (key >>> DIGIT_BITS) & DIGIT_MASK;
      middle[second] = (middle[second] ?? 0) + 1;
      const third = key >>> (2 * DIGIT_BITS);
      high[third] = (high[third] ?? 0) + 1;
    }
    accumulate(low);
    accumulate(middle);
    accumulate(high);
    for (let i = 0; i < count; i++) {
      const key = bits[i] ?? 0;
      const to = low[key & DIGIT_MASK] ?? 0;
      low[key & DIGIT_MASK] = to + 1;
      keysA[to] = key;
      idsA[to] = ids[start + i] ?? 0;
    }
    for (let i = 0; i < count; i++) {
      const key = keysA[i] ?? 0;
      const digit = (key >>> DIGIT_BITS) & DIGIT_MASK;
      const to = middle[digit] ?? 0;
      middle[digit] = to + 1;
      keysB[to] = key;
      idsB[to] = idsA[i] ?? 0;
    }
    for (let i = 0; i < count; i++) {
      const digit = (keysB[i] ?? 0) >>> (2 * DIGIT_BITS);
      const to = high[digit] ?? 0;
      high[digit] = to + 1;
      order[to] = idsB[i] ?? 0;
    }
  }
  return { values, rank };
}
