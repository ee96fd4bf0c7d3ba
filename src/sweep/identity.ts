import { createHash } from 'node:crypto';

/** Text that is equal for equal values: keys sorted on every level. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value === undefined) return 'null';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join()}}`;
}

/** sha256 of a value's content, lower-case hex; the order of keys does not matter. */
export function identityOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex');
}
