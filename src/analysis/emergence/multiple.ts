/**
 * Holm's adjusted p-values (1979): at most a share alpha of families of tests has any false rejection.
 * @param pValues [tests] in [0, 1]
 * @returns [tests] in the order given
 */
export function holm(pValues: readonly number[]): number[] {
  let largest = 0;
  return inOrder(
    pValues,
    (p, rank) => (largest = Math.max(largest, Math.min(1, (pValues.length - rank) * p))),
  );
}

/**
 * Adjusted p-values of Benjamini and Hochberg (1995): the expected share of false ones among rejections is at most alpha.
 * @param pValues [tests] in [0, 1]
 * @returns [tests] in the order given
 */
export function benjaminiHochberg(pValues: readonly number[]): number[] {
  let smallest = 1;
  const reversed = (p: number, rank: number) =>
    (smallest = Math.min(smallest, (pValues.length * p) / (pValues.length - rank)));
  return inOrder(pValues, reversed, -1);
}

/** Maps from the smallest value on (direction 1) or from the largest (-1). */
function inOrder(
  values: readonly number[],
  map: (value: number, rank: number) => number,
  direction = 1,
): number[] {
  const bad = values.find((p) => !(p >= 0 && p <= 1));
  if (bad !== undefined) throw new RangeError(`${bad} is no p-value`);
  const adjusted = values.map(() => 0);
  values
    .map((value, i) => ({ value, i }))
    .sort((a, b) => direction * (a.value - b.value))
    .forEach(({ value, i }, rank) => (adjusted[i] = map(value, rank)));
  return adjusted;
}
