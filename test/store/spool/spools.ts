import { readdirSync } from 'node:fs';
import { readStore } from '../../../src/store/database.js';
import { ingestBatches } from '../../../src/store/spool/ingest.js';
import type { SpooledBatch } from '../../../src/store/spool/batch.js';
import { openSpool } from '../../../src/store/spool/open-spool.js';
import { spoolBatch } from '../../../src/store/spool/spool-batch.js';
import type { StepBatch } from '../../../src/store/encode-batch.js';
import { TABLE_NAMES } from '../../../src/store/schema/tables.js';
import { scratchFolder } from '../../support/scratch.js';

export const programVersion = '0.1.0';

/** Adds batches to the spool in a folder. */
export async function spoolAll(folder: string, batches: readonly StepBatch[]): Promise<SpooledBatch[]> {
  const spool = await openSpool(folder);
  const spooled: SpooledBatch[] = [];
  for (const batch of batches) {
    const written = await spoolBatch({ spool, batch, programVersion });
    if (written !== null) spooled.push(written);
  }
  return spooled;
}

/** Ingests everything in a spool. */
export async function ingestAll(db: string, folder: string) {
  const { batches } = await openSpool(folder);
  return ingestBatches({ db, programVersion, batches });
}

/** Every row of every table, as text, to compare whole databases. */
export function dump(db: string): Promise<Record<string, unknown[]>> {
  return readStore({ db }, async (connection) => {
    const tables: Record<string, unknown[]> = {};
    for (const table of TABLE_NAMES)
      tables[table] = (
        await connection.runAndReadAll(`SELECT * FROM ${table} ORDER BY ALL`)
      ).getRowObjectsJson();
    return tables;
  });
}

/** Paths of all files and folders below a folder. */
export function tree(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
}

/** Stores batches by way of a spool of their own each, as several machines would. */
export async function storeSpooled(db: string, ...batches: StepBatch[]) {
  const spooled: SpooledBatch[] = [];
  for (const batch of batches) spooled.push(...(await spoolAll(scratchFolder(), [batch])));
  return ingestBatches({ db, programVersion, batches: spooled });
}
