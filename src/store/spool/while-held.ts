import { existsSync, statSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { NotADatabaseError } from '../../errors/database-errors.js';
import { holdStore, type OpenParams } from '../database.js';

const HOW_TO_REPLACE = 'Give another --db, or --force to replace this file all the same.';

/** What is in the place of a database that is to be replaced. */
export type OldDatabase =
  | { readonly kind: 'absent' }
  /** One of ours, of any version. */
  | { readonly kind: 'own'; readonly connection: DuckDBConnection }
  /** One that DuckDB cannot open any more; with `force` also what is not ours. */
  | { readonly kind: 'lost' };

/**
 * Works while no other process can open the database in a place; what is no database of ours is nobody's.
 * @throws NotADatabaseError for what is no file, and, unless forced, for what is neither a database of ours nor a damaged
 *   one; DatabaseLockedError, UnwritableError
 */
export async function whileHeld(
  { db, waitMs, force }: OpenParams & { readonly force: boolean },
  work: (old: OldDatabase) => Promise<void> | void,
): Promise<void> {
  const found = existsSync(db) ? statSync(db) : null;
  if (found !== null && !found.isFile())
    throw new NotADatabaseError(db, 'it is no file', { next: 'Give another --db.' });
  if (found === null || found.size === 0) return work({ kind: 'absent' });
  try {
    await holdStore({ db, waitMs }, async (connection) => work({ kind: 'own', connection }));
  } catch (error) {
    if (!(error instanceof NotADatabaseError)) throw error;
    if (!force && error.why !== 'damaged')
      throw new NotADatabaseError(db, error.problem, { why: error.why, next: HOW_TO_REPLACE });
    await work({ kind: 'lost' });
  }
}
