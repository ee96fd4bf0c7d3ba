/** Numbers of weights as people say them: `70.4M`, `6.86B`. */
export function formatParameters(count: number): string {
  if (count < 1e6) return `${(count / 1e3).toPrecision(3)}k`;
  return count < 1e9 ? `${(count / 1e6).toPrecision(3)}M` : `${(count / 1e9).toPrecision(3)}B`;
}
