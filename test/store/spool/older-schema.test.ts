import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it } from 'vitest';
import { columnsSince } from '../../../src/store/schema/history.js';
import { TABLE_NAMES } from '../../../src/store/schema/tables.js';
import type { SpooledBatch } from '../../../src/store/spool/batch.js';
import { batchName } from '../../../src/store/spool/layout.js';
import type { SpoolManifest } from '../../../src/store/spool/manifest.js';
import { rebuildDatabase } from '../../../src/store/spool/rebuild-database.js';
import { scratchFolder } from '../../support/scratch.js';
import { exampleStep, failedStep } from '../example.js';
import { dump, ingestAll, programVersion, spoolAll } from './spools.js';

/** Turns a batch into what version 2 of the schema would have written. */
async function asVersion2({ folder, manifest }: SpooledBatch): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const files: SpoolManifest['files'] = [];
  for (const file of manifest.files) {
    const path = join(folder, `${file.table}.parquet`);
    const added = [...columnsSince(2, file.table).keys()];
    const without = added.length > 0 ? `* EXCLUDE (${added.join()})` : '*';
    const removed = file.table === 'suites' ? ', 1::INTEGER AS first_heuristic_layer' : '';
    await connection.run(
      `COPY (SELECT ${without}${removed} FROM read_parquet('${path}')) TO '${path}.old' (FORMAT parquet)`,
    );
    renameSync(`${path}.old`, path);
    const content = readFileSync(path);
    const sha256 = createHash('sha256').update(content).digest('hex');
    files.push({ ...file, bytes: content.length, sha256 });
  }
  connection.closeSync();
  instance.closeSync();
  const units = manifest.units.map(({ unitId, measure, state }) => ({ unitId, measure, state }));
  const old = { ...manifest, schemaVersion: 2, units, files };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(old));
  renameSync(folder, join(dirname(folder), `batch=${batchName(units, 2)}`));
}

it('a database is made from what the last version of the schema wrote', async () => {
  const [spool, folder] = [scratchFolder(), scratchFolder()];
  const batches = await spoolAll(spool, [exampleStep(0, 10), exampleStep(0, 1000), failedStep(1, 0)]);
  const [db, old] = [join(folder, 'a.duckdb'), join(folder, 'old.duckdb')];
  await ingestAll(db, spool);
  for (const batch of batches) await asVersion2(batch);
  const outcome = await rebuildDatabase({ db: old, spools: [spool], programVersion });
  expect(outcome).toMatchObject({ batches: 3, damaged: [], otherVersions: 0 });
  const [now, before] = [await dump(db), await dump(old)];
  const units = now['units']?.map((row) => {
    const failed = typeof row === 'object' && row !== null && 'error' in row && row.error !== null;
    return failed ? { ...row, error_kind: 'unknown' } : row;
  });
  for (const table of TABLE_NAMES) expect(before[table]).toEqual(table === 'units' ? units : now[table]);
});
