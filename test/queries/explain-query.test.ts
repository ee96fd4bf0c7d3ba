import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors/errors.js';
import { explainQuery, queryPlan } from '../../src/queries/explain-query.js';
import { listQueries, loadQuery } from '../../src/queries/library.js';
import { queryReference } from '../../src/queries/reference.js';
import { buildExample, scratch } from '../store/example.js';
import { answersOf } from './answer.js';

const { folder, remove } = scratch();
afterAll(remove);
const db = join(folder, 'example.duckdb');
beforeAll(() => buildExample(db));

describe('explaining a query', () => {
  it('says question, grain, paper, parameters, columns and SQL', () => {
    const query = loadQuery({ name: 'neurons-of-a-heuristic' });
    const text = explainQuery(query);
    expect(text).toContain(`neurons-of-a-heuristic: ${query.question}`);
    expect(text).toContain(`Gives ${query.grain}.`);
    expect(text).toMatch(/^ {2}heuristic +text +needed +key of the heuristic/m);
    expect(text).toMatch(/^ {2}preset +text or null +paper +/m);
    expect(text).toMatch(/^ {2}score +double +/m);
    expect(text.replaceAll(/^ {2}/gm, '')).toContain(query.sql);
    expect(explainQuery(loadQuery({ name: 'prompt-knockouts' }))).toContain(
      'In the paper: Fig. 8, Fig. 10c.',
    );
  });

  it('draws the plan with the values given', async () => {
    const query = loadQuery({ name: 'neurons-of-a-heuristic' });
    const params = { heuristic: 'op1 in [0,10)' };
    expect(await queryPlan({ db, query, params })).toContain('PROJECTION');
    await expect(queryPlan({ db, query })).rejects.toThrow(UsageError);
  });
});

/** What the issue and section 10 of the method ask, and the query that answers. */
const QUESTIONS = {
  'accuracy per operator': 'accuracy-by-step',
  'counts per family and target': 'heuristic-counts',
  'mutual with the reference': 'shared-with-reference',
  'births and deaths per interval': 'births-and-deaths',
  lifetimes: 'lifetimes-by-family',
  survival: 'survival',
  permanence: 'permanence',
  'overlap of operators': 'operator-overlap',
  'overlap of steps': 'step-overlap',
  'faithfulness curves': 'faithfulness-curve',
  'faithfulness of mutual neurons': 'mutual-faithfulness',
  'knock-outs of heuristics': 'heuristic-knockouts',
  'knock-outs against controls': 'prompt-knockouts',
  'failure modes': 'failure-modes',
  onset: 'onset-steps',
  'gradual or abrupt': 'emergence-verdicts',
  'lead and lag': 'lead-lag',
  'accuracy and the knock-out drop': 'accuracy-and-knockouts',
  'bands over seeds': 'over-seeds',
  'agreement of attribution': 'effect-agreement',
  'findings of audits': 'audit-findings',
  'where time went': 'where-time-went',
  coverage: 'coverage',
};

describe('the library', () => {
  it.each(Object.entries(QUESTIONS))('has a query for %s', (_, name) => {
    expect(loadQuery({ name }).sql).not.toBe('');
  });

  it('gives every figure of the paper that has a course over training', () => {
    const given = new Set(listQueries().flatMap(({ paper }) => paper));
    const asked = ['Fig. 4b', 'Fig. 7', 'Fig. 8', 'Fig. 9', 'Fig. 10a', 'Fig. 10b', 'Fig. 10c', 'Fig. 15'];
    expect(asked.filter((figure) => !given.has(figure))).toEqual([]);
    const lines = queryReference(listQueries()).split('\n');
    const table = lines.flatMap((line) => /^\| (Fig\. \w+) \| \[([\w-]+)\]/.exec(line)?.slice(1) ?? []);
    expect(table.slice(0, 4)).toEqual(['Fig. 4b', 'faithfulness-curve', 'Fig. 7', 'heuristic-knockouts']);
  });
});

it('permanence counts the final pairs from the step from which each stays', async () => {
  const columns = 'step settling settled final_pairs share';
  expect(await answersOf(db)('permanence', { operator: '+' }, columns)).toEqual([
    [0, 0, 0, 4, 0],
    [10, 0, 0, 4, 0],
    [100, 1, 1, 4, 0.25],
    [1000, 3, 4, 4, 1],
  ]);
  const families = await answersOf(db)('permanence', { operator: '+', family: null }, 'family step settling');
  expect(families.filter(([, step]) => step === 1000)).toEqual([
    ['any', 1000, 3],
    ['mod', 1000, 1],
    ['pattern', 1000, 1],
    ['range', 1000, 1],
  ]);
});
