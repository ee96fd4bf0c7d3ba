/** A Markdown table; the first column is text, the others are set right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = header.map((_, i) => (i === 0 ? '---' : '---:'));
  return [line(header), line(rule), ...rows.map(line)].join('\n');
}

/** Three significant digits, or all of a whole number's. */
export function number(value: number | null): string {
  if (value === null) return '-';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}

export const ratio = (value: number | null): string => (value === null ? '-' : `${number(value)} x`);
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
export const gigabytes = (bytes: number): string => `${number(bytes / 1e9)} GB`;
export const divided = (a: number | null, b: number | null): number | null =>
  a === null || b === null || b === 0 ? null : a / b;
