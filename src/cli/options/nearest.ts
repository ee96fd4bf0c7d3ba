import { distance } from 'fastest-levenshtein';

/** The known name nearest to what was given, when it is near enough to be a slip. */
export function nearestName(given: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((name) => ({ name, d: distance(given.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.d - b.d);
  const [best] = ranked;
  return best !== undefined && best.d <= Math.max(2, Math.floor(best.name.length / 2))
    ? best.name
    : undefined;
}
