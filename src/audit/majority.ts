/** What most have, and who has something else. */
export interface Majority<T> {
  readonly usual: T;
  readonly others: readonly T[];
}

/**
 * Splits items by what most of them have; of several as frequent, what comes last, since a training ends with the files
 * that people use.
 * @param keyOf equal keys count as equal
 * @returns null for no items; `usual` is the last item with the most frequent key
 */
export function majority<T>(items: readonly T[], keyOf: (item: T) => string): Majority<T> | null {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  let usual: T | undefined;
  for (const item of items)
    if (usual === undefined || (counts.get(keyOf(item)) ?? 0) >= (counts.get(keyOf(usual)) ?? 0))
      usual = item;
  if (usual === undefined) return null;
  const key = keyOf(usual);
  return { usual, others: items.filter((item) => keyOf(item) !== key) };
}
