import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { NotADatabaseError } from '../../../src/errors/database-errors.js';
import { rebuildDatabase } from '../../../src/store/spool/rebuild-database.js';
import { withConnection } from '../../../src/store/with-connection.js';
import { scratchFolder } from '../../support/scratch.js';
import { buildExample, exampleStep } from '../example.js';
import { dump, programVersion, spoolAll } from './spools.js';

/** Runs SQL on a DuckDB file that need not be ours. */
function withDuckDb(path: string, ...statements: string[]): Promise<void> {
  return withConnection(
    () => DuckDBInstance.create(path),
    async (connection) => {
      for (const sql of statements) await connection.run(sql);
    },
  );
}

async function place() {
  const folder = scratchFolder();
  const db = join(folder, 'a.duckdb');
  const spool = join(folder, 'spool');
  await spoolAll(spool, [exampleStep(0, 10)]);
  const rebuild = (force = false) => rebuildDatabase({ db, spools: [spool], programVersion, force });
  return { folder, db, rebuild };
}

const refusal = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('rebuildDatabase refuses what is not ours', () => {
  it.each<[string, (path: string) => unknown]>([
    ['a text', (path) => writeFileSync(path, 'notes\n'.repeat(1000))],
    ['a short text', (path) => writeFileSync(path, 'x')],
    ['a database with tables of somebody', (path) => withDuckDb(path, 'CREATE TABLE mine (a INTEGER)')],
    [
      'a database that also states a version of its schema',
      (path) => withDuckDb(path, 'CREATE TABLE schema_info AS SELECT 4 AS schema_version'),
    ],
    [
      'an encrypted database',
      (path) =>
        withDuckDb(
          ':memory:',
          "SET force_mbedtls_unsafe = 'true'",
          `ATTACH '${path}' AS secret (ENCRYPTION_KEY 'key')`,
          'CREATE TABLE secret.mine (a INTEGER)',
          'DETACH secret',
        ),
    ],
  ])('%s stays as it is unless forced', async (_name, make) => {
    const { folder, db, rebuild } = await place();
    await make(db);
    const before = readFileSync(db);
    const error = await refusal(rebuild());
    expect(error).toBeInstanceOf(NotADatabaseError);
    expect(error).toMatchObject({ exitCode: 20, next: expect.stringMatching(/--force/) as unknown });
    expect(readFileSync(db).equals(before)).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['a.duckdb', 'spool']);
    await rebuild(true);
    expect((await dump(db))['units']).toHaveLength(2);
    expect(readdirSync(folder).sort()).toEqual(['a.duckdb', 'spool']);
  });

  it('a folder stays, forced or not', async () => {
    const { folder, db, rebuild } = await place();
    mkdirSync(db);
    expect(await refusal(rebuild())).toBeInstanceOf(NotADatabaseError);
    expect(await refusal(rebuild(true))).toBeInstanceOf(NotADatabaseError);
    expect(readdirSync(folder).sort()).toEqual(['a.duckdb', 'spool']);
  });

  it('replaces one of ours that another version of the program wrote', async () => {
    const { db, rebuild } = await place();
    await rebuild();
    const expected = await dump(db);
    await withDuckDb(db, 'UPDATE schema_info SET schema_version = 3');
    await rebuild();
    expect(await dump(db)).toEqual(expected);
  });
});

it('a damaged database of ours is refused with what to do', async () => {
  const db = join(scratchFolder(), 'a.duckdb');
  await buildExample(db);
  writeFileSync(db, readFileSync(db).subarray(0, 20_000));
  expect(await refusal(dump(db))).toMatchObject({
    why: 'damaged',
    next: expect.stringMatching(/rebuild/) as unknown,
  });
});
