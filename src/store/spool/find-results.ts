import { existsSync } from 'node:fs';
import { readStore } from '../database.js';
import { storedUnits } from '../stored-units.js';
import { noteUnits, type Spool } from './open-spool.js';
import { readSpool } from './read-spool.js';
import type { ResultStore } from './result-store.js';
import { scanSpool } from './scan-spool.js';

/**
 * What is stored or spooled, without changing or checking anything: the next sweep may find files damaged.
 * @throws NotADatabaseError, DatabaseVersionError, DatabaseLockedError, UnreadableError
 */
export async function findResults({
  db,
  spool,
}: {
  readonly db: string;
  readonly spool: string;
}): Promise<Pick<ResultStore, 'stateOf' | 'read'>> {
  const { batches } = await scanSpool(spool, { verify: false });
  const stored = await storedUnits({ db });
  const spooled: Spool['units'] = new Map();
  for (const batch of batches) noteUnits(spooled, batch);
  return {
    stateOf: ({ unitId }) =>
      spooled.get(unitId) === 'done' ? 'done' : (stored.get(unitId) ?? spooled.get(unitId)),
    read: (use) => (existsSync(db) ? readStore({ db }, use) : readSpool(batches, use)),
  };
}
