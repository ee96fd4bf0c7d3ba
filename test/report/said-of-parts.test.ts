import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDefinition } from '../../src/report/content/definition.js';
import { gather, type ReportContent } from '../../src/report/content/gather.js';
import { TREND_REPORT } from '../../src/report/write-report.js';
import { commitAll, EXAMPLE_STEPS, exampleStep } from '../store/example.js';
import { answerOn } from './answer.js';
import { databases, type DatabaseName } from './databases.js';

const { database, folder, remove } = databases();
afterAll(remove);
const answer = answerOn(database);

/** A database with something changed afterwards. */
async function changed(name: DatabaseName, ...statements: readonly string[]): Promise<string> {
  const file = join(folder, `changed-${statements.length}-${Buffer.from(statements.join()).length}.duckdb`);
  copyFileSync(await database(name), file);
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  for (const statement of statements) await connection.run(statement);
  connection.closeSync();
  instance.closeSync();
  return file;
}

interface Said {
  /** Title of a figure. */
  readonly title: (name: string) => string;
  readonly content: ReportContent;
}

async function saidOf(db: string): Promise<Said> {
  const content = await gather({
    db,
    definition: await loadDefinition(TREND_REPORT),
    extra: { version: '0', date: '2026-01-02', db: 'x.duckdb', out: 'x.html' },
  });
  const figures = content.sections.flatMap((section) => section.figures);
  return {
    content,
    title: (name) => figures.find(({ definition }) => definition.name === name)?.title ?? '',
  };
}

describe('of operators with another last step', () => {
  let whole: Said;
  beforeAll(async () => {
    whole = await saidOf(await database('whole'));
  });

  it('a title says which, and the reference is the last step all the same', async () => {
    expect(whole.title('faithfulness-heads')).toMatch(
      /No circuit of heads tried gives 90% for addition and multiplication \(step 100\)\.$/,
    );
    const probes = await answer(
      'report-probe-best',
      { seed: 0 },
      'name step last_step earlier_step',
      'whole',
    );
    expect(probes).toEqual([
      ['addition', 1000, 1000, null],
      ['multiplication', 100, 1000, 100],
    ]);
    expect(whole.title('mutual-faithfulness')).toMatch(/^Averaged over the steps before 1,000, /);
    const steps = await answer(
      'report-mutual-share',
      {},
      'seed name reference_step last_step earlier_step',
      'whole',
    );
    expect(steps).toEqual([[0, 'addition', 1000, 1000, null]]);
  });

  it('reasons for what is missing are those of the seed asked for', async () => {
    const columns = 'operators first_step last_step';
    expect(await answer('report-missing', { seed: 0 }, columns, 'whole')).toEqual([
      ['+, *', 0, 0],
      ['*', 1000, 1000],
    ]);
    expect(await answer('report-missing', { seed: 1 }, columns, 'whole')).toEqual([['*', 1000, 1000]]);
  });
});

describe('of a measure at one step, beside others at several', () => {
  it('nothing is said about its course', async () => {
    const db = join(folder, 'classified-once.duckdb');
    await commitAll(
      db,
      EXAMPLE_STEPS.map((step) => {
        const { dimensions, units } = exampleStep(0, step);
        return {
          dimensions,
          units: units.filter(({ unit }) => step === 1000 || unit.measure === 'accuracy'),
        };
      }),
    );
    const { title } = await saidOf(db);
    expect(title('shared-with-final')).toMatch(/^When the final heuristics came cannot be told/);
    expect(title('families')).toMatch(/are implemented by/);
    expect(title('families')).not.toMatch(/peak/);
  });

  it('the agreement of effects is not called lower than before', async () => {
    expect((await saidOf(await database('wholeLastStep'))).title('effect-agreement')).toMatch(
      /at step 1,000\.$/,
    );
  });
});

describe('what rises and falls again', () => {
  it('is not said not to have risen', async () => {
    const db = await changed(
      'accuracyOnly',
      `UPDATE accuracy SET accuracy = 0.02 WHERE unit_id LIKE '%-1000'`,
    );
    expect((await saidOf(db)).title('accuracy')).toBe(
      "No operator's accuracy rises for good by 5 points or more over these steps.",
    );
  });

  it('against accuracy is not said to change together with it', async () => {
    const set = (sign: string) =>
      `UPDATE emergence_correlations SET spearman_of_changes = ${sign}0.62, p_of_changes = 0.002`;
    const opposed = await saidOf(await changed('whole', set('-')));
    expect(opposed.title('accuracy-and-knockouts')).toMatch(
      /^From step to step, accuracy and the harm of knock-outs change in opposite directions for addition \(Spearman -0\.62, p <0\.01\)/,
    );
    const together = await saidOf(await changed('whole', set(' ')));
    expect(together.title('accuracy-and-knockouts')).toMatch(/change together for addition \(Spearman 0\.62/);
  });
});

describe('the head of the report', () => {
  it('names every engine', async () => {
    const db = await changed(
      'example',
      `UPDATE units SET engine = 'tensorflow', engine_version = '2.21.0' WHERE measure = 'accuracy' AND step = 0`,
    );
    expect((await saidOf(db)).content.head.join(' ')).toMatch(
      /Measured with heuristrace 0\.1\.0 on the wasm engine 4\.22\.0 and heuristrace 0\.1\.0 on the tensorflow engine 2\.21\.0;/,
    );
  });
});

describe('a probe', () => {
  it('is not above chance by one right answer where the most frequent one never occurs, nor by the best of many layers', async () => {
    const one = await changed(
      'whole',
      'UPDATE probe_accuracy SET n_test = 81, test_accuracy = 1 / 81, majority = 0 WHERE null_reason IS NULL',
    );
    expect((await saidOf(one)).title('probe')).toMatch(/no layer yields the answer .* better than chance/);
    const some = (layers: number) =>
      changed(
        'whole',
        'UPDATE probe_accuracy SET n_test = 100, test_accuracy = 0.12, majority = 0.02 WHERE null_reason IS NULL',
        ...Array.from({ length: layers }, (_, layer) =>
          layer < 3
            ? 'SELECT 1'
            : `INSERT INTO probe_accuracy SELECT * REPLACE (${layer} AS layer) FROM probe_accuracy WHERE layer = 0`,
        ),
      );
    expect((await saidOf(await some(3))).title('probe')).toMatch(/better than chance from step/);
    expect((await saidOf(await some(32))).title('probe')).toMatch(/no layer yields/);
  });
});
