/** How operands are cut into the cells of a coarse map. */
export interface MapGrid {
  /** Cells along each operand. */
  readonly side: number;
  /** Operands along each side of a cell; the last cell may have fewer. */
  readonly cellOperands: number;
}

/** The finest grid of at most `most` cells a side over operands 0 .. maxOperand - 1. */
export function mapGrid(maxOperand: number, most: number): MapGrid {
  const cellOperands = Math.max(1, Math.ceil(maxOperand / most));
  return { side: Math.ceil(maxOperand / cellOperands), cellOperands };
}

/**
 * Mean of the values of each group.
 * @param values [n]
 * @param groups [n] number of the group, 0 .. size - 1
 * @returns [size] NaN for a group without values
 */
export function groupMeans(values: ArrayLike<number>, groups: ArrayLike<number>, size: number): Float64Array {
  const sums = new Float64Array(size);
  const counts = new Uint32Array(size);
  for (let i = 0; i < values.length; i++) {
    const group = groups[i] ?? 0;
    sums[group] = (sums[group] ?? 0) + (values[i] ?? NaN);
    counts[group] = (counts[group] ?? 0) + 1;
  }
  return sums.map((sum, group) => sum / (counts[group] ?? 0));
}
