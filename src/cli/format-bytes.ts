/** Bytes as people say them, in powers of 1,000: `282 MB`, `13.7 GB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 99.5 ? value.toFixed(0) : value.toPrecision(3)} ${units[power]}`;
}

/** Numbers of weights as people say them: `70.4M`, `6.86B`. */
export function formatParameters(count: number): string {
  if (count < 1e6) return `${(count / 1e3).toPrecision(3)}k`;
  return count < 1e9 ? `${(count / 1e6).toPrecision(3)}M` : `${(count / 1e9).toPrecision(3)}B`;
}
