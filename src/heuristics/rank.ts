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
   * Finds the largest values of the map, in order; equal values (0 and -0 are equal) keep the order that they have in
   * `values`. Values must be finite.
   * @param ids ids[start + i] is the prompt of values[i]
   * @param order [depth] receives the prompts, largest value first
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

/** Turns the bits of float32 into keys that rise as the values fall, in place, and counts their high digits. */
function keysAndHighDigits(bits: Int32Array, high: Uint32Array): void {
  for (let i = 0; i < bits.length; i++) {
    const raw = bits[i] ?? 0;
    // Read without sign, bits of negative numbers rise as they fall, those of positive ones must be inverted.
    const key = raw >= 0 ? LARGEST - raw : raw === NEGATIVE_ZERO ? LARGEST : raw;
    bits[i] = key;
    const digit = key >>> (2 * DIGIT_BITS);
    high[digit] = (high[digit] ?? 0) + 1;
  }
}

/** The high digit up to which keys must be kept so that at least `depth` of them are. */
function cutoff(high: Uint32Array, depth: number): number {
  let digit = 0;
  for (let kept = high[0] ?? 0; kept < depth; kept += high[digit] ?? 0) digit++;
  return digit;
}

/** One pass: moves keys and the ids beside them to the places of one digit; only the first `count` are looked at. */
function scatter(
  keys: Int32Array,
  ids: Uint32Array,
  count: number,
  shift: number,
  places: Uint32Array,
  keysOut: Int32Array,
  idsOut: Uint32Array,
): void {
  for (let i = 0; i < count; i++) {
    const key = keys[i] ?? 0;
    const digit = (key >>> shift) & DIGIT_MASK;
    const to = places[digit] ?? 0;
    places[digit] = to + 1;
    keysOut[to] = key;
    idsOut[to] = ids[i] ?? 0;
  }
}

/**
 * Opens a ranker for maps over `count` prompts of which the top `depth` are wanted: a radix sort on the bits of float32,
 * whose patterns order as whole numbers do once one sign is inverted (Herf 2001, "Radix tricks"), after a first pass
 * that drops what cannot be among the top.
 */
export function openRanker(count: number, depth: number): Ranker {
  const values = new Float32Array(count);
  const bits = new Int32Array(values.buffer);
  const [keysA, keysB] = [new Int32Array(count), new Int32Array(count)];
  const [idsA, idsB] = [new Uint32Array(count), new Uint32Array(count)];
  const [low, middle, high] = [new Uint32Array(BUCKETS), new Uint32Array(BUCKETS), new Uint32Array(BUCKETS)];

  /** Keeps the keys up to a high digit, with their ids, and counts their other digits. @returns how many */
  function compact(ids: Uint32Array, start: number, last: number): number {
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const key = bits[i] ?? 0;
      if (key >>> (2 * DIGIT_BITS) > last) continue;
      keysA[kept] = key;
      idsA[kept] = ids[start + i] ?? 0;
      kept++;
      low[key & DIGIT_MASK] = (low[key & DIGIT_MASK] ?? 0) + 1;
      const second = (key >>> DIGIT_BITS) & DIGIT_MASK;
      middle[second] = (middle[second] ?? 0) + 1;
    }
    return kept;
  }

  function rank(ids: Uint32Array, start: number, order: Uint32Array): void {
    low.fill(0);
    middle.fill(0);
    high.fill(0);
    keysAndHighDigits(bits, high);
    const kept = compact(ids, start, cutoff(high, depth));
    accumulate(low);
    accumulate(middle);
    accumulate(high);
    scatter(keysA, idsA, kept, 0, low, keysB, idsB);
    scatter(keysB, idsB, kept, DIGIT_BITS, middle, keysA, idsA);
    scatter(keysA, idsA, kept, 2 * DIGIT_BITS, high, keysB, idsB);
    order.set(idsB.subarray(0, depth));
  }
  return { values, rank };
}
