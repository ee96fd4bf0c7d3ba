import type { Row } from '../queries/records.js';
import type { Cell } from '../queries/run-query.js';

/** @throws TypeError where the query gave none */
export function numberAt(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw new TypeError(`${column} is no number: ${JSON.stringify(value)}`);
  return value;
}

/** @throws TypeError where the query gave none */
export function textAt(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new TypeError(`${column} is no text: ${JSON.stringify(value)}`);
  return value;
}

/** The number, or null where the query gave none. */
export function maybeNumberAt(row: Row, column: string): number | null {
  const value = row[column];
  return typeof value === 'number' ? value : null;
}

/** @throws TypeError for a value outside its closed list */
export function oneOf<const V extends string>(list: readonly V[], value: Cell | undefined): V {
  const found = list.find((known) => known === value);
  if (found === undefined) throw new TypeError(`${JSON.stringify(value)} is none of ${list.join(', ')}`);
  return found;
}
