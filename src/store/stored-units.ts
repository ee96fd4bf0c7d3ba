import { existsSync } from 'node:fs';
import { readStore, type OpenParams } from './database.js';

/**
 * What is stored already, so that a sweep can leave it out.
 * @returns state by unit id; empty when the file does not exist
 * @throws NotADatabaseError, DatabaseVersionError, DatabaseLockedError
 */
export async function storedUnits(params: OpenParams): Promise<ReadonlyMap<string, 'done' | 'failed'>> {
  if (!existsSync(params.db)) return new Map();
  return readStore(params, async (connection) => {
    const rows = await connection.runAndReadAll('SELECT unit_id, state FROM units ORDER BY unit_id');
    return new Map(
      rows
        .getRowsJS()
        .flatMap(([id, state]) =>
          typeof id === 'string' ? [[id, state === 'done' ? 'done' : 'failed'] as const] : [],
        ),
    );
  });
}
