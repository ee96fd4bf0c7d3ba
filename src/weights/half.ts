const F16_VALUES = 0x10000;

/** Exact value of one IEEE 754 binary16 number given as its 16 bits. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let table: Float32Array | undefined;

/**
 * Decodes IEEE 754 binary16 by a table of all 65,536 values: Node 20 has no Float16Array, arithmetic on the bits takes
 * twice as long, and two values at once gain nothing (bench/half-floats.bench.ts).
 * @param bits [n] the stored 16-bit words
 * @param values [n] where the same values go as float32, exactly; `bits` may be the upper half of their memory
 * @returns `values`
 */
export function decodeF16(
  bits: Uint16Array,
  values: Float32Array = new Float32Array(bits.length),
): Float32Array {
  const known = (table ??= Float32Array.from({ length: F16_VALUES }, (_, i) => halfToNumber(i)));
  for (let i = 0; i < bits.length; i++) values[i] = known[bits[i] ?? 0] ?? 0;
  return values;
}

/**
 * Decodes bfloat16, the upper half of a float32.
 * @param bits [n] the stored 16-bit words
 * @param values [n] where the same values go as float32, exactly; `bits` may be the upper half of their memory
 * @returns `values`
 */
export function decodeBF16(
  bits: Uint16Array,
  values: Float32Array = new Float32Array(bits.length),
): Float32Array {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) words[i] = (bits[i] ?? 0) << 16;
  return values;
}

/**
 * Encodes float32 as IEEE 754 binary16, rounding to nearest, ties to even; beyond the range becomes infinity.
 * @param values [n]
 * @returns [n] 16-bit words
 */
export function encodeF16(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) bits[i] = halfFromWord(words[i] ?? 0);
  return bits;
}

/** @param word the 32 bits of a float32 */
function halfFromWord(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x47800000) return sign | 0x7c00; // 65536 and above
  if (magnitude < 0x38800000) {
    // Below 2^-14: a multiple of 2^-24. Dividing by it is exact, so only this rounding counts.
    const exponent = magnitude >>> 23;
    const mantissa = (magnitude & 0x7fffff) | (exponent === 0 ? 0 : 0x800000);
    const shift = 126 - exponent;
    return shift > 24 ? sign : sign | roundedShift(mantissa, shift);
  }
  return sign | roundedShift(magnitude - 0x38000000, 13); // a carry runs into the exponent, as it should
}

/** value / 2^shift, rounded to nearest, ties to even; shift in 1..24 */
function roundedShift(value: number, shift: number): number {
  const half = 1 << (shift - 1);
  const rest = value & ((1 << shift) - 1);
  const floor = value >>> shift;
  return rest > half || (rest === half && (floor & 1) === 1) ? floor + 1 : floor;
}
