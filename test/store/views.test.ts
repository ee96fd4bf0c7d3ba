import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { readStore } from '../../src/store/database.js';
import type { Columns } from '../../src/store/schema/columns.js';
import { TABLES, TABLE_NAMES } from '../../src/store/schema/tables.js';
import { VIEWS, VIEW_NAMES } from '../../src/store/schema/views.js';
import { buildEmpty, commitAll, exampleStep, exampleUnit, scratch } from './example.js';
import { buildWholeExample } from './whole-example.js';

const { folder, remove } = scratch();
afterAll(remove);
const db = join(folder, 'example.duckdb');
const empty = join(folder, 'empty.duckdb');
beforeAll(async () => {
  await buildWholeExample(db);
  await buildEmpty(empty);
});

const rows = (sql: string, file = db): Promise<unknown[][]> =>
  readStore({ db: file }, async (connection) => (await connection.runAndReadAll(sql)).getRowsJS());

describe('the database', () => {
  it.each([
    ...TABLE_NAMES.map((n) => [n, TABLES[n]] as const),
    ...VIEW_NAMES.map((n) => [n, VIEWS[n]] as const),
  ])('has %s as declared, with comments', async (name, { columns, comment }) => {
    const declared: Columns = columns;
    const inDatabase = await rows(
      `SELECT column_name, data_type, comment FROM duckdb_columns() WHERE table_name = '${name}' ORDER BY column_index`,
      empty,
    );
    expect(inDatabase).toEqual(
      Object.entries(declared).map(([column, d]) => [
        column,
        d.type === 'TEXT' ? 'VARCHAR' : d.type,
        d.comment,
      ]),
    );
    const comments = await rows(
      `SELECT comment FROM duckdb_tables() WHERE table_name = '${name}' UNION ALL SELECT comment FROM duckdb_views() WHERE view_name = '${name}'`,
      empty,
    );
    expect(comments).toEqual([[comment]]);
    expect(comment).toMatch(/^One row/);
  });

  it.each(VIEW_NAMES)('has a %s that keeps its own grain and closed lists', async (name) => {
    for (const [column, { oneOf, nullable }] of Object.entries<Columns[string]>(VIEWS[name].columns)) {
      const values = await rows(`SELECT DISTINCT "${column}" FROM ${name}`);
      expect(values.length).toBeGreaterThan(0);
      if (!nullable) expect(values, column).not.toContainEqual([null]);
      if (oneOf !== undefined) for (const [value] of values) expect([...oneOf, null]).toContain(value);
    }
    expect(await rows(`SELECT * FROM ${name}`, empty)).toEqual([]);
  });
});

describe('latest_units', () => {
  it('takes done units only', async () => {
    expect(
      await rows(
        `SELECT seed, list(step ORDER BY step) FROM latest_units WHERE measure = 'classification' GROUP BY ALL ORDER BY ALL`,
      ),
    ).toEqual([
      [0, [0, 10, 100, 1000]],
      [1, [1000]],
    ]);
  });

  it('takes each measure at its own steps, with or without a preset', async () => {
    const whole = [0, 100, 1000];
    expect(
      await rows(
        `SELECT measure, preset, list(step ORDER BY step) FROM latest_units WHERE seed = 0 GROUP BY ALL ORDER BY ALL`,
      ),
    ).toEqual([
      ['accuracy', null, [0, 10, 100, 1000]],
      ['attribution', null, whole],
      ['classification', 'paper', [0, 10, 100, 1000]],
      ['components', null, whole],
      ['failures', 'paper', whole],
      ['faithfulness', 'paper', whole],
      ['knockouts', 'paper', whole],
      ['maps', 'paper', whole],
      ['probe', null, whole],
    ]);
  });

  it('never mixes configurations: the one done at most steps, then the latest', async () => {
    const file = join(folder, 'two.duckdb');
    const other = (step: 0 | 10) => {
      const batch = exampleStep(0, step);
      const [accuracy] = batch.units;
      const [configuration] = batch.dimensions.configurations ?? [];
      if (accuracy === undefined || configuration === undefined) throw new Error('the example has both');
      return {
        dimensions: {
          ...batch.dimensions,
          configurations: [{ ...configuration, configuration_id: 'other' }],
        },
        units: [
          {
            unit: {
              ...exampleUnit('accuracy', 0, step),
              unit_id: `other-${step}`,
              configuration_id: 'other',
              started_at: new Date(Date.UTC(2027, 0, 1)),
            },
            facts: accuracy.facts,
          },
        ],
      };
    };
    const taken = () =>
      rows(`SELECT step, configuration_id FROM latest_units WHERE measure = 'accuracy' ORDER BY step`, file);
    await commitAll(file, [exampleStep(0, 0), exampleStep(0, 10), other(0)]);
    expect(await taken()).toEqual([
      [0, 'configuration-accuracy'],
      [10, 'configuration-accuracy'],
    ]);
    expect(
      await rows(
        `SELECT step, units_done, state FROM coverage WHERE measure = 'accuracy' ORDER BY step`,
        file,
      ),
    ).toEqual([
      [0, 2, 'done'],
      [10, 1, 'done'],
    ]);
    await commitAll(file, [other(10)]);
    expect(await taken()).toEqual([
      [0, 'other'],
      [10, 'other'],
    ]);
  });
});

describe('classification_steps', () => {
  it('counts neurons by state and numbers the measured steps', async () => {
    expect(
      await rows(`SELECT operator, step, neurons, live_neurons, constant_neurons, classified_neurons, step_index, is_reference, null_reason
        FROM classification_steps WHERE seed = 0 ORDER BY operator DESC, step`),
    ).toEqual([
      ['+', 0, 4, 3, 1, 1, 0, false, null],
      ['+', 10, 4, 4, 0, 2, 1, false, null],
      ['+', 100, 4, 4, 0, 1, 2, false, null],
      ['+', 1000, 4, 4, 0, 3, 3, true, null],
      ['*', 0, 4, null, null, null, null, false, 'too_few_prompts'],
      ['*', 10, 4, 4, 0, 1, 0, false, null],
      ['*', 100, 4, 4, 0, 0, 1, false, null],
      ['*', 1000, 4, 4, 0, 2, 2, true, null],
    ]);
  });
});

describe('heuristic_counts', () => {
  const counts = (where: string) =>
    rows(`SELECT step, target, family, neurons, live_neurons, share, chance_activations_permuted, chance_labels_permuted, excess, null_reason
      FROM heuristic_counts WHERE seed = 0 AND ${where} ORDER BY step, target, family`);

  it('counts each neuron once in the total, beside chance', async () => {
    expect(await counts("operator = '+' AND target = 'any' AND family = 'any'")).toEqual([
      [0, 'any', 'any', 1, 3, 1 / 3, 1 / 3, 0, 0, null],
      [10, 'any', 'any', 2, 4, 0.5, 0.25, 0, 0.25, null],
      [100, 'any', 'any', 1, 4, 0.25, 0.25, 0, 0, null],
      [1000, 'any', 'any', 3, 4, 0.75, 0.25, 0, 0.5, null],
    ]);
  });

  it('splits by target and family, with 0 where the preset has heuristics that none matches', async () => {
    expect(await counts("operator = '+' AND step = 100")).toEqual([
      [100, 'any', 'any', 1, 4, 0.25, 0.25, 0, 0, null],
      [100, 'any', 'mod', 1, 4, 0.25, null, null, null, null],
      [100, 'any', 'pattern', 0, 4, 0, null, null, null, null],
      [100, 'any', 'range', 1, 4, 0.25, null, null, null, null],
      [100, 'op1', 'any', 1, 4, 0.25, null, null, null, null],
      [100, 'op1', 'range', 1, 4, 0.25, null, null, null, null],
      [100, 'op2', 'any', 0, 4, 0, null, null, null, null],
      [100, 'op2', 'pattern', 0, 4, 0, null, null, null, null],
      [100, 'result', 'any', 1, 4, 0.25, null, null, null, null],
      [100, 'result', 'mod', 1, 4, 0.25, null, null, null, null],
    ]);
  });

  it('is null with its reason where the operator was not measured', async () => {
    expect(await counts("operator = '*' AND target = 'any' AND family = 'any' AND step <= 10")).toEqual([
      [0, 'any', 'any', null, null, null, null, null, null, 'too_few_prompts'],
      [10, 'any', 'any', 1, 4, 0.25, 0, 0, 0.25, null],
    ]);
  });
});

describe('shared_with_reference', () => {
  it('gives the share of the final tuples by operator and over all', async () => {
    expect(
      await rows(`SELECT operator, step, reference_step, pairs, shared_pairs, reference_pairs, share, mean_share_over_heuristics, null_reason
        FROM shared_with_reference WHERE seed = 0 ORDER BY strpos('+*any', operator), step`),
    ).toEqual([
      ['+', 0, 1000, 1, 1, 4, 0.25, 1 / 3, null],
      ['+', 10, 1000, 2, 1, 4, 0.25, 1 / 3, null],
      ['+', 100, 1000, 2, 1, 4, 0.25, 0.5 / 3, null],
      ['+', 1000, 1000, 4, 4, 4, 1, 1, null],
      ['*', 0, 1000, null, null, 2, null, null, 'too_few_prompts'],
      ['*', 10, 1000, 1, 1, 2, 0.5, 0.5, null],
      ['*', 100, 1000, 0, 0, 2, 0, 0, null],
      ['*', 1000, 1000, 2, 2, 2, 1, 1, null],
      ['any', 0, 1000, null, null, 6, null, null, 'too_few_prompts'],
      ['any', 10, 1000, 3, 2, 6, 1 / 3, 1.5 / 4, null],
      ['any', 100, 1000, 2, 1, 6, 1 / 6, 0.5 / 4, null],
      ['any', 1000, 1000, 6, 6, 6, 1, 1, null],
    ]);
  });
});

describe('heuristic_lifetimes', () => {
  it('gives births, deaths, spells and what is censored', async () => {
    expect(
      await rows(`SELECT operator, heuristic, layer, neuron, birth_step, death_step, spells, steps_present, born_before_first, alive_at_last, permanent_from
        FROM heuristic_lifetimes WHERE seed = 0 ORDER BY operator DESC, heuristic, layer, neuron`),
    ).toEqual([
      ['+', 'op1 in [0,10)', 1, 0, 0, null, 2, 3, true, true, 1000],
      ['+', 'op1 in [0,10)', 2, 0, 10, 1000, 1, 2, false, false, null],
      ['+', 'op2 ~ .0.', 2, 1, 1000, null, 1, 1, false, true, 1000],
      ['+', 'result = 0 mod 2', 2, 0, 100, null, 1, 2, false, true, 100],
      ['+', 'result = 0 mod 2', 2, 1, 1000, null, 1, 1, false, true, 1000],
      ['*', 'op1 = 0 mod 2', 1, 0, 10, null, 2, 2, true, true, 1000],
      ['*', 'op1 = 0 mod 2', 2, 1, 1000, null, 1, 1, false, true, 1000],
    ]);
  });
});

describe('operator_overlap', () => {
  it('is intersection over union of the classified neurons', async () => {
    expect(
      await rows(`SELECT step, operator_a, operator_b, shared_neurons, union_neurons, iou, null_reason
        FROM operator_overlap WHERE seed = 0 ORDER BY step`),
    ).toEqual([
      [0, '+', '*', null, null, null, 'too_few_prompts'],
      [10, '+', '*', 1, 2, 0.5, null],
      [100, '+', '*', 0, 1, 0, null],
      [1000, '+', '*', 2, 3, 2 / 3, null],
    ]);
  });
});

describe('coverage', () => {
  it('says what is done, failed and missing', async () => {
    const cells = (measures: string) =>
      rows(
        `SELECT seed, step, measure, preset, state, units_done, units_failed, error FROM coverage WHERE measure IN (${measures}) ORDER BY ALL`,
      );
    expect(await cells("'accuracy', 'classification'")).toEqual([
      ...[0, 10, 100, 1000].flatMap((step) => [
        [0, step, 'accuracy', null, 'done', 1, 0, null],
        [0, step, 'classification', 'paper', 'done', 1, 0, null],
      ]),
      [1, 0, 'accuracy', null, 'failed', 0, 1, 'the weight file is truncated'],
      [1, 0, 'classification', 'paper', 'failed', 0, 1, 'the weight file is truncated'],
      [1, 1000, 'accuracy', null, 'done', 1, 0, null],
      [1, 1000, 'classification', 'paper', 'done', 1, 0, null],
    ]);
    expect(await cells("'components', 'faithfulness'")).toEqual([
      [0, 0, 'components', null, 'done', 1, 0, null],
      [0, 0, 'faithfulness', 'paper', 'done', 1, 0, null],
      [0, 10, 'components', null, 'missing', 0, 0, null],
      [0, 10, 'faithfulness', 'paper', 'missing', 0, 0, null],
      ...[100, 1000].flatMap((step) => [
        [0, step, 'components', null, 'done', 1, 0, null],
        [0, step, 'faithfulness', 'paper', 'done', 1, 0, null],
      ]),
      [1, 0, 'components', null, 'failed', 0, 1, 'the weight file is truncated'],
      [1, 0, 'faithfulness', 'paper', 'failed', 0, 1, 'the weight file is truncated'],
      [1, 1000, 'components', null, 'done', 1, 0, null],
      [1, 1000, 'faithfulness', 'paper', 'done', 1, 0, null],
    ]);
  });
});
