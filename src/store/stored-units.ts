import { existsSync } from 'node:fs';
import { readStore, type OpenParams } from './database.js';

/** Why a unit could not be measured. */
export interface UnitFailure {
  /** Kind of the error, as docs/cli.md lists them. */
  readonly kind: string;
  readonly error: string;
}

/** What is known of a unit: it is done, or this was wrong. */
export type UnitState = 'done' | UnitFailure;

/**
 * What is stored already, so that a sweep can leave it out.
 * @returns state by unit id; empty when the file does not exist
 * @throws NotADatabaseError, DatabaseVersionError, DatabaseLockedError
 */
export async function storedUnits(params: OpenParams): Promise<ReadonlyMap<string, UnitState>> {
  if (!existsSync(params.db)) return new Map();
  return readStore(params, async (connection) => {
    const rows = await connection.runAndReadAll(
      'SELECT unit_id, state, error_kind, error FROM units ORDER BY unit_id',
    );
    return new Map(
      rows.getRowsJS().flatMap(([id, state, kind, error]): [string, UnitState][] => {
        if (typeof id !== 'string') return [];
        if (state === 'done') return [[id, 'done']];
        return [[id, { kind: textOf(kind), error: textOf(error) }]];
      }),
    );
  });
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
