/** Index, within its storage, of the last value of a view that is not empty. */
export function lastIndex(shape: readonly number[], stride: readonly number[]): number {
  return shape.reduce((sum, size, d) => sum + (size - 1) * (stride[d] ?? 0), 0);
}

/** Whether a view's values lie row-major without gaps. */
export function isContiguous(shape: readonly number[], stride: readonly number[]): boolean {
  let expected = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    const size = shape[d] ?? 1;
    if (size !== 1 && stride[d] !== expected) return false;
    expected *= size;
  }
  return true;
}

/**
 * The values of a view in row-major order.
 * @param values the storage from the view's first value on
 * @param shape no size is 0
 * @returns [product of shape]
 */
export function gather(
  values: Float32Array,
  shape: readonly number[],
  stride: readonly number[],
): Float32Array {
  const count = shape.reduce((product, size) => product * size, 1);
  const result = new Float32Array(count);
  const [width, step] = [shape.at(-1) ?? 1, stride.at(-1) ?? 1];
  const index = shape.map(() => 0);
  let from = 0;
  for (let at = 0; at < count; at += width) {
    for (let i = 0; i < width; i++) result[at + i] = values[from + i * step] ?? 0;
    // On to the next row, as an odometer
    for (let d = shape.length - 2; d >= 0; d--) {
      const [next, size, jump] = [(index[d] ?? 0) + 1, shape[d] ?? 1, stride[d] ?? 0];
      index[d] = next === size ? 0 : next;
      from += next === size ? jump - size * jump : jump;
      if (next < size) break;
    }
  }
  return result;
}
