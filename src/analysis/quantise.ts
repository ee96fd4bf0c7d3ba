/** Byte of a value that is not there. */
export const NO_VALUE = 255;
/** Bytes of the range's ends are 0 and this. */
const LEVELS = NO_VALUE - 1;

/** Least and largest of some values. */
export interface ValueRange {
  readonly low: number;
  readonly high: number;
}

/** The range of all values that are not NaN. @returns null where there is none */
export function valueRange(values: readonly Float64Array[]): ValueRange | null {
  let [low, high] = [Infinity, -Infinity];
  for (const part of values)
    for (const value of part) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  return low <= high ? { low, high } : null;
}

/**
 * One byte a value: low + byte / 254 x (high - low) is off by at most (high - low) / 508.
 * @param values [n] inside the range, or NaN
 * @returns [n] 255 for NaN
 */
export function quantise(values: Float64Array, { low, high }: ValueRange): Uint8Array {
  const scale = high > low ? LEVELS / (high - low) : 0;
  return Uint8Array.from(values, (value) =>
    Number.isNaN(value) ? NO_VALUE : Math.max(0, Math.min(LEVELS, Math.round((value - low) * scale))),
  );
}
