import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UnknownNameError, UsageError } from '../../src/errors/errors.js';
import { listQueries, loadQuery, queryNames } from '../../src/queries/library.js';
import type { GivenParams } from '../../src/queries/params.js';
import { runQuery } from '../../src/queries/run-query.js';
import { buildExample, scratch } from '../store/example.js';

const { folder, remove } = scratch();
afterAll(remove);
const db = join(folder, 'example.duckdb');
beforeAll(() => buildExample(db));

describe('parameters of queries', () => {
  const query = loadQuery({ name: 'heuristic-counts' });
  const nearest = (given: string, known: readonly string[]) =>
    known.find((name) => name.startsWith(given.slice(0, 2)));
  const run = (params: GivenParams) => runQuery({ db, query, params, nearest });

  it('are known by name, with the nearest known one suggested', async () => {
    await expect(run({ oprator: '+' })).rejects.toThrow(UnknownNameError);
    await expect(run({ opxx: '+' })).rejects.toMatchObject({
      message: "unknown parameter of heuristic-counts 'opxx'",
      nearest: 'operator',
    });
  });

  it.each([
    ['suite', 'tox', 'toy'],
    ['preset', 'pap', 'paper'],
    ['operator', '%', undefined],
    ['seed', '7', undefined],
    ['family', 'modulo', 'mod'],
  ])('a value of %s that does not exist is an error', async (name, value, suggestion) => {
    await expect(run({ [name]: value })).rejects.toMatchObject({
      message: `unknown ${name} '${value}'`,
      nearest: suggestion,
    });
  });

  it.each([
    ['heuristic-counts', { seed: 'one' }],
    ['heuristic-counts', { seed: '1.5' }],
    ['heuristic-counts', { seed: '' }],
    ['heuristic-counts', { seed: 2 ** 40 }],
    ['onset-steps', { floor: 'low' }],
    ['onset-steps', { floor: 'null' }],
    ['families-by-step', { target: null }],
    ['heuristics-of-a-neuron', { layer: 1 }],
  ])('%s refuses %j', async (name, params) => {
    await expect(runQuery({ db, query: loadQuery({ name }), params })).rejects.toThrow(UsageError);
  });

  it('an unknown query is an error with the nearest name', () => {
    expect(() => loadQuery({ name: 'heuristics', nearest })).toThrow(UnknownNameError);
    expect(() => loadQuery({ name: '../package' })).toThrow(UnknownNameError);
    expect(listQueries().map(({ name }) => name)).toEqual(queryNames());
  });
});
