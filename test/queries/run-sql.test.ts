import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NotADatabaseError, QueryError } from '../../src/errors/database-errors.js';
import { UnwritableError } from '../../src/errors/errors.js';
import { loadQuery } from '../../src/queries/library.js';
import { runQuery, runSql } from '../../src/queries/run-query.js';
import { writeParquet } from '../../src/queries/write-parquet.js';
import { buildExample, scratch } from '../store/example.js';

const { folder, remove } = scratch();
afterAll(remove);
const db = join(folder, 'example.duckdb');
beforeAll(() => buildExample(db));

const run = (sql: string) => runSql({ db, sql });

describe('runSql', () => {
  it.each([
    ['SELECT count(*) AS n FROM neurons', [[40]]],
    ["FROM heuristics SELECT heuristic WHERE operator = '*'", [['op1 = 0 mod 2']]],
    ['WITH x AS (SELECT 1 AS a) SELECT a FROM x; -- a comment', [[1]]],
    ['VALUES (1, NULL, true)', [[1, null, true]]],
  ])('answers %s', async (sql, rows) => {
    expect((await run(sql)).rows).toEqual(rows);
  });

  it.each(['SHOW TABLES', 'DESCRIBE accuracy', 'SUMMARIZE accuracy', 'EXPLAIN SELECT 1'])(
    'answers %s',
    async (sql) => {
      expect((await run(sql)).rows.length).toBeGreaterThan(0);
    },
  );

  it('gives numbers as numbers, and as text only where digits would be lost', async () => {
    const { rows, columns } = await run(
      `SELECT sum(n) AS total, 9007199254740993::BIGINT AS wide, 1.25::DECIMAL(5, 2) AS fraction,
         max(started_at) AS moment, [1, 2] AS list, {'a': 'b'} AS record, 0.1::FLOAT AS single
       FROM accuracy JOIN units USING (unit_id) WHERE accuracy.seed = 0`,
    );
    expect(rows).toEqual([
      [700, '9007199254740993', 1.25, '2026-01-01 00:00:40', [1, 2], { a: 'b' }, 0.10000000149011612],
    ]);
    expect(columns.map(({ type }) => type).slice(0, 3)).toEqual(['HUGEINT', 'BIGINT', 'DECIMAL(5,2)']);
  });

  it.each([
    ["COPY units TO 'FOLDER/out.csv'"],
    ["COPY (SELECT 1) TO '/dev/stdout'"],
    ["SELECT * FROM read_csv('/etc/passwd')"],
    ["SELECT * FROM read_text('FOLDER/secret.txt')"],
    ["SELECT * FROM '/etc/passwd'"],
    ["SELECT * FROM glob('/etc/*')"],
    ["ATTACH 'FOLDER/other.duckdb'"],
    ["ATTACH ':memory:' AS other"],
    ['CREATE TABLE t (a INTEGER)'],
    ['CREATE TEMP TABLE t (a INTEGER)'],
    ['CREATE TABLE t AS SELECT 1'],
    ['INSERT INTO schema_info VALUES (2, 3)'],
    ['DELETE FROM units'],
    ["UPDATE units SET state = 'failed' RETURNING *"],
    ['EXPLAIN ANALYZE DELETE FROM units'],
    ['DROP TABLE units'],
    ['SET lock_configuration = false'],
    ['SET enable_external_access = true'],
    ['SET VARIABLE x = 1'],
    ['INSTALL httpfs'],
    ['LOAD httpfs'],
    ["PRAGMA profiling_output = 'FOLDER/profile.json'"],
    ["EXPORT DATABASE 'FOLDER/export'"],
    ['CHECKPOINT'],
    ['BEGIN'],
    ['SELECT 1; SELECT 2'],
    ['SELECT 1; DROP TABLE units'],
    ['SELECT * FROM nothing'],
    ['SELECT $x'],
    ['SELECT 1 +'],
    [''],
    ['-- only a comment'],
  ])('refuses %s', async (sql) => {
    writeFileSync(join(folder, 'secret.txt'), 'secret');
    const before = readdirSync(folder);
    await expect(run(sql.replace('FOLDER', folder))).rejects.toThrow(QueryError);
    expect(readdirSync(folder)).toEqual(before);
  });

  it('says where a statement is wrong', async () => {
    await expect(run('SELECT steep FROM units')).rejects.toThrow(/"steep" not found[^]*"step"[^]*LINE 1/);
  });

  it('refuses a file that is no database', async () => {
    await expect(runSql({ db: join(folder, 'none.duckdb'), sql: 'SELECT 1' })).rejects.toThrow(
      NotADatabaseError,
    );
  });
});

it.each(['SQL', 'a named query'])('stops %s when told to', async (kind) => {
  const sql = 'SELECT sum(a.range * b.range) AS total FROM range(1000000) a, range(1000000) b';
  const stop = new AbortController();
  const query = { ...loadQuery({ name: 'coverage' }), params: [], sql };
  const { signal } = stop;
  const asked = kind === 'SQL' ? runSql({ db, sql, signal }) : runQuery({ db, query, signal });
  setTimeout(() => stop.abort(), 100);
  await expect(asked).rejects.toThrow(/INTERRUPT/);
  await expect(asked).rejects.toThrow(QueryError);
});

describe('writeParquet', () => {
  const readBack = async (path: string): Promise<unknown[][]> => {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const rows = await connection.runAndReadAll(`SELECT * FROM read_parquet('${path}')`);
    connection.closeSync();
    instance.closeSync();
    return rows.getRowsJson();
  };

  it('keeps types, nulls, nested values and more rows than a chunk holds', async () => {
    const result = await run(
      `SELECT range::INTEGER AS i, nullif(range, 3) AS n, 'x' || range AS t, [range] AS l, {'a': range} AS s, NULL AS nothing,
         range / 7 AS d, TIMESTAMP '2026-01-01' + to_days(range::INTEGER) AS m, 1 AS i FROM range(5000)`,
    );
    const path = await writeParquet({ result, file: join(folder, 'out.parquet') });
    const rows = await readBack(path);
    expect(rows).toHaveLength(5000);
    expect(rows[3]).toEqual([3, null, 'x3', ['3'], { a: '3' }, null, 3 / 7, '2026-01-04 00:00:00', 1]);
    expect(result.columns.map(({ name }) => name).at(-1)).toBe('i:1');
    expect(readdirSync(folder)).not.toContain('out.parquet.part');
  });

  it('replaces a file, also with an empty result', async () => {
    const file = join(folder, 'twice.parquet');
    await writeParquet({ result: await run('SELECT 1 AS a'), file });
    await writeParquet({ result: await run('SELECT 2 AS a WHERE false'), file });
    expect(await readBack(file)).toEqual([]);
  });

  it('says when the place cannot be written', async () => {
    const result = await run('SELECT 1 AS a');
    await expect(writeParquet({ result, file: join(db, 'x.parquet') })).rejects.toThrow(UnwritableError);
    await expect(writeParquet({ result, file: '/proc/x.parquet' })).rejects.toThrow(UnwritableError);
    await expect(writeParquet({ result, file: folder })).rejects.toThrow(UnwritableError);
  });
});
