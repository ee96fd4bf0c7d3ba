import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { OPERATORS } from '../../src/domain/operator.js';
import { readStore } from '../../src/store/database.js';
import type { StepBatch } from '../../src/store/encode-batch.js';
import { commitAll, exampleStep, exampleUnit, scratch } from './example.js';
import { exampleConfiguration } from './example-configuration.js';

const { folder, remove } = scratch();
afterAll(remove);

interface Sweep {
  readonly seed?: number;
  readonly steps: readonly (0 | 10 | 100 | 1000)[];
  readonly operators: string;
  readonly minPrompts?: number;
  /** At which of the steps the prompts are stored. Default: at all. */
  readonly promptsAt?: number;
}

/** Accuracy of some operators; each sweep begins after the one before it. */
function sweepOf(
  { seed = 0, steps, operators, minPrompts = 20, promptsAt }: Sweep,
  nth: number,
): StepBatch[] {
  const configuration = exampleConfiguration('accuracy', {
    configuration_id: `${operators} ${minPrompts}`,
    prompts_hash: operators,
    min_prompts: minPrompts,
  });
  const measured = OPERATORS.filter((operator) => operators.includes(operator));
  return steps.map((step) => {
    const { dimensions, units } = exampleStep(seed, step);
    const [prompt] = dimensions.prompts ?? [];
    const facts = units[0]?.facts.accuracy?.[0];
    if (prompt === undefined || facts === undefined) throw new Error('the example has both');
    return {
      dimensions: {
        ...dimensions,
        configurations: [configuration],
        heuristics: [],
        prompts: (promptsAt === undefined || promptsAt === step ? measured : []).map((operator) => ({
          ...prompt,
          prompts_hash: operators,
          operator,
        })),
      },
      units: [
        {
          unit: {
            ...exampleUnit('accuracy', seed, step),
            unit_id: [operators, minPrompts, seed, step].join(),
            configuration_id: configuration.configuration_id,
            prompts_hash: operators,
            started_at: new Date(Date.UTC(2026, nth, 1)),
          },
          facts: { accuracy: measured.map((operator) => ({ ...facts, operator })) },
        },
      ],
    };
  });
}

let databases = 0;

/** What the views show after some sweeps: operators by seed and step with the settings, and the coverage. */
async function shownAfter(...sweeps: readonly Sweep[]) {
  const db = join(folder, `${databases++}.duckdb`);
  await commitAll(db, sweeps.flatMap(sweepOf));
  return readStore({ db }, async (connection) => {
    const rows = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJS();
    return {
      accuracies: await rows(
        `SELECT u.seed, u.step, string_agg(a.operator, '' ORDER BY strpos('+-*/', a.operator)), list_distinct(list(min_prompts))
         FROM latest_units AS u JOIN accuracy AS a USING (unit_id) JOIN configurations USING (configuration_id)
         GROUP BY ALL ORDER BY ALL`,
      ),
      coverage: await rows('SELECT seed, step, state, operators FROM coverage ORDER BY seed, step'),
    };
  });
}

describe('of results measured one after the other', () => {
  it('operators stand side by side where they have the same settings', async () => {
    const { accuracies, coverage } = await shownAfter(
      { steps: [0, 10, 100], operators: '+-' },
      { steps: [0, 10], operators: '*/' },
    );
    expect(accuracies).toEqual([
      [0, 0, '+-*/', [20]],
      [0, 10, '+-*/', [20]],
      [0, 100, '+-', [20]],
    ]);
    expect(coverage).toEqual([
      [0, 0, 'done', '+,-,*,/'],
      [0, 10, 'done', '+,-,*,/'],
      [0, 100, 'some_operators', '+,-'],
    ]);
  });

  it('it does not matter with which checkpoint the prompts are stored', async () => {
    const { accuracies, coverage } = await shownAfter(
      { steps: [0, 10, 100], operators: '+-', promptsAt: 100 },
      { steps: [10], operators: '*', promptsAt: 10 },
    );
    expect(accuracies.map(([, step, operators]) => [step, operators])).toEqual([
      [0, '+-'],
      [10, '+-*'],
      [100, '+-'],
    ]);
    expect(coverage.map(([, , ...rest]) => rest)).toEqual([
      ['some_operators', '+,-'],
      ['done', '+,-,*'],
      ['some_operators', '+,-'],
    ]);
  });

  it('whose prompts are not stored, nothing is said about operators', async () => {
    const { coverage } = await shownAfter(
      { steps: [0, 10], operators: '+-', promptsAt: 1000 },
      { seed: 1, steps: [10], operators: '*' },
    );
    expect(coverage.map(([, , ...rest]) => rest)).toEqual([
      ['done', null],
      ['done', null],
      ['done', '*'],
    ]);
  });

  it('no operator is shown twice: of sweeps that share one, the larger is taken', async () => {
    const { accuracies, coverage } = await shownAfter(
      { steps: [0, 10, 100], operators: '+' },
      { steps: [0, 10], operators: '+-' },
    );
    expect(accuracies).toEqual([
      [0, 0, '+-', [20]],
      [0, 10, '+-', [20]],
    ]);
    expect(coverage).toEqual([
      [0, 0, 'done', '+,-'],
      [0, 10, 'done', '+,-'],
      [0, 100, 'other_configuration', null],
    ]);
  });

  it('operators measured with other settings are not mixed in, and the coverage does not call them done', async () => {
    const { accuracies, coverage } = await shownAfter(
      { steps: [0, 10], operators: '+-' },
      { steps: [0], operators: '*', minPrompts: 5 },
    );
    expect(accuracies).toEqual([
      [0, 0, '+-', [20]],
      [0, 10, '+-', [20]],
    ]);
    expect(coverage.map(([, , state]) => state)).toEqual(['some_operators', 'some_operators']);
  });

  it('all seeds are shown with the same settings', async () => {
    const both = [
      { seed: 0, steps: [0, 10], operators: '+' },
      { seed: 1, steps: [0, 10], operators: '+' },
    ] as const;
    const strict = { steps: [0, 10], operators: '+', minPrompts: 50 } as const;
    const cells = (settings: number) =>
      [0, 1].flatMap((seed) => [0, 10].map((step) => [seed, step, '+', [settings]]));
    expect((await shownAfter(...both, strict)).accuracies).toEqual(cells(20));
    const all = await shownAfter(...both, strict, { ...strict, seed: 1 });
    expect(all.accuracies).toEqual(cells(50));
  });
});
