import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { QueryError } from '../../src/errors/database-errors.js';
import { parseQuery } from '../../src/queries/header.js';
import { listQueries, loadQuery, queryNames } from '../../src/queries/library.js';
import { runQuery } from '../../src/queries/run-query.js';
import { buildExample, scratch } from '../store/example.js';

const { folder, remove } = scratch();
afterAll(remove);

const GOOD = `-- question: How many steps are there?
-- grain: one row per seed
-- note: Counted over
--   all measures.
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param least double = -0.5 : smallest count
-- param word text required : anything
-- column seed int : training seed
-- column steps int : number of steps

SELECT seed, count(*)::INTEGER AS steps FROM checkpoints
WHERE ($seed IS NULL OR seed = $seed) AND $word <> ''
GROUP BY seed HAVING steps >= $least ORDER BY seed
`;

describe('parseQuery', () => {
  it('reads every part', () => {
    expect(parseQuery({ name: 'steps', text: GOOD.replaceAll('\n', '\r\n') })).toMatchObject({
      name: 'steps',
      question: 'How many steps are there?',
      grain: 'one row per seed',
      note: 'Counted over all measures.',
      params: [
        {
          name: 'seed',
          type: 'int',
          nullable: true,
          default: null,
          of: { table: 'checkpoints', column: 'seed' },
          description: 'training seed; null: all',
        },
        { name: 'least', type: 'double', nullable: false, default: -0.5, of: undefined },
        { name: 'word', type: 'text', default: undefined },
      ],
      columns: [
        { name: 'seed', type: 'int', description: 'training seed' },
        { name: 'steps', type: 'int', description: 'number of steps' },
      ],
    });
  });

  it.each([
    [
      'an unreadable line',
      GOOD.replace('-- grain:', '-- grian:'),
      "cannot read '-- grian: one row per seed'; no grain",
    ],
    ['no question', GOOD.replace(/-- question.*\n/, ''), 'no question'],
    ['a param without meaning', GOOD.replace(' : smallest count', ''), "'param least double = -0.5' is not"],
    [
      'a default of another type',
      GOOD.replace('-0.5', "'a'"),
      'the default of param least is not of type double',
    ],
    ['a null default without ?', GOOD.replace('int?', 'int'), 'the default of param seed is null'],
    ['a column of an unknown type', GOOD.replace('steps int', 'steps number'), "'column steps number"],
    ['a param that is not used', GOOD.replace("$word <> ''", 'true'), 'param word is not used'],
    ['a parameter that is not declared', GOOD.replace('$word', '$wort'), '$wort is not declared'],
    ['no SQL', GOOD.slice(0, GOOD.indexOf('\nSELECT')), 'no SQL'],
    ['an empty file', '', 'no question; no grain; no columns; no SQL'],
  ])('names the fault: %s', (_name, text, message) => {
    expect(() => parseQuery({ name: 'steps', text })).toThrow(QueryError);
    expect(() => parseQuery({ name: 'steps', text })).toThrow(message);
  });
});

describe('a folder of queries of the user', () => {
  it('is listed, loaded and run like the package’s own', async () => {
    const dir = join(folder, 'queries');
    mkdirSync(dir);
    writeFileSync(join(dir, 'steps.sql'), GOOD);
    writeFileSync(join(dir, 'notes.txt'), '');
    expect(queryNames(dir)).toEqual(['steps']);
    expect(listQueries(dir)).toEqual([loadQuery({ name: 'steps', dir })]);
    const db = join(folder, 'example.duckdb');
    await buildExample(db);
    const { rows } = await runQuery({
      db,
      query: loadQuery({ name: 'steps', dir }),
      params: { word: 'x', least: '3' },
    });
    expect(rows).toEqual([[0, 4]]);
  });

  it('a query that names a column that is not there is an error of the query', async () => {
    const db = join(folder, 'other.duckdb');
    await buildExample(db);
    const broken = parseQuery({ name: 'broken', text: GOOD.replace('FROM checkpoints', 'FROM nothing') });
    await expect(runQuery({ db, query: broken, params: { word: 'x' } })).rejects.toThrow(QueryError);
    const unknown = parseQuery({
      name: 'unknown',
      text: GOOD.replace('of checkpoints.seed', 'of checkpoints.sed'),
    });
    await expect(runQuery({ db, query: unknown, params: { word: 'x', seed: 0 } })).rejects.toThrow(
      QueryError,
    );
  });
});
