/** Up to `most` of the items: the first, the last and others between them, evenly by place; all where there are no more. */
export function evenly<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  const place = (i: number): number => Math.round((i * (items.length - 1)) / Math.max(most - 1, 1));
  return Array.from({ length: most }, (_, i) => items.slice(place(i), place(i) + 1)).flat();
}
