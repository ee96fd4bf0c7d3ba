import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MEASURES } from '../../src/domain/measure.js';
import { loadQuery, queryNames } from '../../src/queries/library.js';
import type { GivenParams } from '../../src/queries/params.js';
import { runQuery, type Cell } from '../../src/queries/run-query.js';
import { buildEmpty, commitAll, exampleStep, failedStep, scratch } from '../store/example.js';
import { buildWholeExample, wholeStep } from '../store/whole-example.js';
import { answersOf } from './answer.js';
import { holdOpen } from './hold-open.js';

const { folder, remove } = scratch();
const db = join(folder, 'example.duckdb');
const empty = join(folder, 'empty.duckdb');
const failed = join(folder, 'failed.duckdb');
const partial = join(folder, 'partial.duckdb');
const wholeFirst = join(folder, 'whole-first.duckdb');
const wholeLast = join(folder, 'whole-last.duckdb');
const accuracyOnly = join(folder, 'accuracy-only.duckdb');

let close: () => Promise<void>;
beforeAll(async () => {
  await buildWholeExample(db);
  await buildEmpty(empty);
  await commitAll(failed, [failedStep(0, 0)]);
  await commitAll(partial, [exampleStep(0, 100), failedStep(0, 10)]);
  await commitAll(wholeFirst, [wholeStep(0, 0)]);
  await commitAll(wholeLast, [wholeStep(0, 1000)]);
  const { dimensions, units } = exampleStep(0, 100);
  await commitAll(accuracyOnly, [{ dimensions, units: units.slice(0, 1) }]);
  close = await holdOpen([db, empty, failed, partial, wholeFirst, wholeLast, accuracyOnly]);
});
afterAll(async () => {
  await close();
  remove();
});

/** Values for the parameters that have no default. */
const REQUIRED: Record<string, GivenParams> = {
  'neurons-of-a-heuristic': { heuristic: 'op1 in [0,10)' },
  'heuristics-of-a-neuron': { layer: 2, neuron: 0 },
};

const ask = answersOf(db);
const answer = (name: string, params: GivenParams, columns: string): Promise<Cell[][]> =>
  ask(name, { ...REQUIRED[name], ...params }, columns);

describe.each(queryNames())('query %s', (name) => {
  const query = loadQuery({ name });

  it('returns the columns that its header declares, one row per grain, in the same order each time', async () => {
    const run = () => runQuery({ db, query, params: REQUIRED[name] ?? {} });
    const { columns, rows } = await run();
    const types = {
      text: 'VARCHAR',
      int: 'INTEGER',
      bigint: 'BIGINT',
      double: 'DOUBLE',
      boolean: 'BOOLEAN',
      timestamp: 'TIMESTAMP',
    };
    expect(columns).toEqual(query.columns.map((column) => ({ name: column.name, type: types[column.type] })));
    expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBe(rows.length);
    expect((await run()).rows).toEqual(rows);
  });

  it('gives nothing on an empty database', async () => {
    expect((await runQuery({ db: empty, query, params: REQUIRED[name] ?? {} })).rows).toEqual([]);
  });

  it.each([
    ['a failed step only', failed],
    ['one step', partial],
    ['accuracy only', accuracyOnly],
    ['every measure at the first step', wholeFirst],
    ['every measure at the last step', wholeLast],
  ])('runs on a database with %s', async (_what, file) => {
    const params = file === partial || file === wholeLast ? REQUIRED[name] : {};
    const missing = query.params.some(
      (param) => param.default === undefined && params?.[param.name] === undefined,
    );
    if (missing) return; // the value to ask for is not in this database
    const { rows } = await runQuery({ db: file, query, params: params ?? {} });
    expect(new Set(rows.map((row) => row.length))).toEqual(
      new Set(rows.length === 0 ? [] : [query.columns.length]),
    );
  });

  it('gives the rows of one seed, and with null those of all', async () => {
    const named = (list: readonly { readonly name: string }[]) => list.some((each) => each.name === 'seed');
    if (!named(query.params) || !named(query.columns)) return;
    const count = async (params: GivenParams) =>
      (await runQuery({ db, query, params: { ...REQUIRED[name], ...params } })).rows.length;
    expect(await count({ seed: 0 })).toBeGreaterThan(0);
    expect(await count({ seed: null })).toBe((await count({ seed: '0' })) + (await count({ seed: 1 })));
  });
});

describe('answers on the example', () => {
  it('accuracy-by-step', async () => {
    expect(
      await answer('accuracy-by-step', { operator: '+' }, 'step tokens n correct accuracy null_reason'),
    ).toEqual([
      [0, 0, 100, 0, 0, null],
      [10, 20_000_000, 100, 10, 0.1, null],
      [100, 200_000_000, 100, 50, 0.5, null],
      [1000, 2_000_000_000, 100, 100, 1, null],
    ]);
    expect(await answer('accuracy-by-step', { prompt_set: 'held_out' }, 'step')).toEqual([]);
    expect((await answer('accuracy-by-step', { operator: '*' }, 'n accuracy null_reason'))[0]).toEqual([
      0,
      null,
      'too_few_prompts',
    ]);
  });

  it('heuristic-counts: how many neurons implement a heuristic on op1 for + at each step', async () => {
    const on = { operator: '+', target: 'op1' };
    expect(await answer('heuristic-counts', on, 'step target family neurons live_neurons share')).toEqual([
      [0, 'op1', 'any', 1, 3, 1 / 3],
      [10, 'op1', 'any', 2, 4, 0.5],
      [100, 'op1', 'any', 1, 4, 0.25],
      [1000, 'op1', 'any', 1, 4, 0.25],
    ]);
    expect(
      await answer(
        'heuristic-counts',
        { operator: '+' },
        'step neurons chance_activations_permuted chance_labels_permuted excess',
      ),
    ).toEqual([
      [0, 1, 1 / 3, 0, 0],
      [10, 2, 0.25, 0, 0.25],
      [100, 1, 0.25, 0, 0],
      [1000, 3, 0.25, 0, 0.5],
    ]);
    expect(
      await answer('heuristic-counts', { target: null, family: null, operator: '*' }, 'step'),
    ).toHaveLength(16);
  });

  it('families-by-step', async () => {
    expect(await answer('families-by-step', { operator: '+' }, 'family step neurons')).toEqual([
      ...[0, 0, 1, 2].map((n, i) => ['mod', [0, 10, 100, 1000][i], n]),
      ...[0, 0, 0, 1].map((n, i) => ['pattern', [0, 10, 100, 1000][i], n]),
      ...[1, 2, 1, 1].map((n, i) => ['range', [0, 10, 100, 1000][i], n]),
    ]);
  });

  it('neurons-of-a-heuristic', async () => {
    const columns = 'step layer neuron score n_heuristics birth_step permanent_from';
    expect(await answer('neurons-of-a-heuristic', {}, columns)).toEqual([[1000, 1, 0, 0.75, 1, 0, 1000]]);
    expect(await answer('neurons-of-a-heuristic', { step: 10 }, columns)).toEqual([
      [10, 1, 0, 0.75, 1, 0, 1000],
      [10, 2, 0, 0.75, 1, 10, null],
    ]);
  });

  it('heuristics-of-a-neuron', async () => {
    expect(
      await answer(
        'heuristics-of-a-neuron',
        { operator: '+' },
        'step state heuristic family score map base_rate',
      ),
    ).toEqual([
      [0, 'live', null, null, null, null, null],
      [10, 'live', 'op1 in [0,10)', 'range', 0.75, 'K', 0.5],
      [100, 'live', 'op1 in [0,10)', 'range', 0.75, 'K', 0.5],
      [100, 'live', 'result = 0 mod 2', 'mod', 0.625, 'KV', 0.5],
      [1000, 'live', 'result = 0 mod 2', 'mod', 0.75, 'KV', 0.5],
    ]);
    const constant = { layer: 1, neuron: 1, step: 0 };
    expect(await answer('heuristics-of-a-neuron', constant, 'operator state heuristic null_reason')).toEqual([
      ['+', 'constant', null, 'constant'],
      ['*', null, null, 'too_few_prompts'],
    ]);
  });

  it('shared-with-reference', async () => {
    expect(
      await answer('shared-with-reference', { operator: 'any' }, 'step shared_pairs reference_pairs share'),
    ).toEqual([
      [0, null, 6, null],
      [10, 2, 6, 1 / 3],
      [100, 1, 6, 1 / 6],
      [1000, 6, 6, 1],
    ]);
  });

  it('half-of-the-final: at which step the first half of the final ones was there', async () => {
    expect(
      await answer('half-of-the-final', {}, 'operator reference_step reference_pairs step share'),
    ).toEqual([
      ['+', 1000, 4, 1000, 1],
      ['*', 1000, 2, 10, 0.5],
      ['any', 1000, 6, 1000, 1],
    ]);
    expect(await answer('half-of-the-final', { fraction: '0.25', operator: '+' }, 'step share')).toEqual([
      [0, 0.25],
    ]);
  });

  it('births-and-deaths: what comes less what goes is the change', async () => {
    const columns = 'from_step to_step pairs_before births deaths pairs_after';
    expect(await answer('births-and-deaths', { operator: '+', family: 'any' }, columns)).toEqual([
      [0, 10, 1, 1, 0, 2],
      [10, 100, 2, 1, 1, 2],
      [100, 1000, 2, 3, 1, 4],
    ]);
    expect(await answer('births-and-deaths', { operator: '+', family: 'range' }, columns)).toEqual([
      [0, 10, 1, 1, 0, 2],
      [10, 100, 2, 0, 1, 1],
      [100, 1000, 1, 1, 1, 1],
    ]);
    expect(await answer('births-and-deaths', { operator: '*', family: 'mod' }, columns)).toEqual([
      [10, 100, 1, 0, 1, 0],
      [100, 1000, 0, 2, 0, 2],
    ]);
    for (const [before, births, deaths, after] of await answer(
      'births-and-deaths',
      {},
      'pairs_before births deaths pairs_after',
    ))
      expect(Number(before) + Number(births) - Number(deaths)).toBe(after);
  });

  it('onset-steps', async () => {
    expect(
      await answer(
        'onset-steps',
        {},
        'quantity operator first_value last_value range onset_step half_step n_steps',
      ),
    ).toEqual([
      ['accuracy', '+', 0, 1, 1, 100, 1000, 4],
      ['accuracy', '*', 0.2, 0.4, 0.2, 100, 1000, 3],
      ['classified_excess', '+', 0, 0.5, 0.5, 1000, 1000, 4],
      ['classified_excess', '*', 0.25, 0.5, 0.5, 1000, null, 3],
    ]);
    const high = { floor: 0.3, operator: '*' };
    expect(await answer('onset-steps', high, 'quantity onset_step half_step null_reason')).toEqual([
      ['accuracy', null, null, 'denominator_below_floor'],
      ['classified_excess', 1000, null, null],
    ]);
    const early = { onset_fraction: 0.05, operator: '+' };
    expect((await answer('onset-steps', early, 'quantity onset_step'))[0]).toEqual(['accuracy', 10]);
  });

  it('operator-overlap', async () => {
    expect(
      await answer('operator-overlap', { operator: '*' }, 'step operator_a operator_b iou null_reason'),
    ).toEqual([
      [0, '+', '*', null, 'too_few_prompts'],
      [10, '+', '*', 0.5, null],
      [100, '+', '*', 0, null],
      [1000, '+', '*', 2 / 3, null],
    ]);
    expect(await answer('operator-overlap', { operator: '-' }, 'step')).toEqual([]);
  });

  it('chance-by-step', async () => {
    const params = { operator: '+', null_model: 'activations_permuted' };
    expect(
      await answer('chance-by-step', params, 'step neurons_by_chance live_neurons share_by_chance share'),
    ).toEqual([
      [0, 1, 3, 1 / 3, 1 / 3],
      [10, 1, 4, 0.25, 0.5],
      [100, 1, 4, 0.25, 0.25],
      [1000, 1, 4, 0.25, 0.75],
    ]);
  });

  it('coverage', async () => {
    const rows = await answer('coverage', { seed: 1 }, 'step measure state error');
    expect(rows).toEqual(
      [...MEASURES].sort().flatMap((measure) => [
        [0, measure, 'failed', 'the weight file is truncated'],
        [1000, measure, 'done', null],
      ]),
    );
  });

  it('a checkpoint that failed is covered and nothing else', async () => {
    const count = async (file: string, name: string) =>
      (await runQuery({ db: file, query: loadQuery({ name }) })).rows.length;
    expect(await count(failed, 'coverage')).toBe(2);
    expect(await count(failed, 'accuracy-by-step')).toBe(0);
    expect(await count(failed, 'heuristic-counts')).toBe(0);
    expect(await count(partial, 'coverage')).toBe(4);
    expect(await count(partial, 'births-and-deaths')).toBe(0);
    expect(await count(partial, 'shared-with-reference')).toBe(3);
    expect(await count(accuracyOnly, 'accuracy-by-step')).toBe(2);
    expect(await count(accuracyOnly, 'onset-steps')).toBe(2);
  });

  it('heuristics-catalogue', async () => {
    expect(
      await answer(
        'heuristics-catalogue',
        { operator: '+' },
        'heuristic target family associated base_rate k',
      ),
    ).toEqual([
      ['op1 in [0,10)', 'op1', 'range', 50, 0.5, 8],
      ['op2 ~ .0.', 'op2', 'pattern', 50, 0.5, 8],
      ['result = 0 mod 2', 'result', 'mod', 50, 0.5, 8],
    ]);
  });
});
