import { UnknownNameError } from '../../errors/errors.js';
import { Questions, type Scope } from './ask.js';
import type { ReportDefinition } from './definition.js';
import { stepAxes, type StepAxis } from '../charts/step-axes.js';
import type { Row } from './template.js';

/** What a report is asked to be about. */
export interface Subject {
  /** Suite of a report of one; default the one with most finished units. */
  readonly suite?: string | undefined;
  /** Runs of a report that compares: suites, or `suite@seed`. */
  readonly runs?: readonly string[] | undefined;
}

interface FoundSubject {
  readonly scope: Scope;
  /** What templates read as `scope`. */
  readonly row: Row;
}

const EVERYTHING: Scope = { suite: null, preset: null, seed: null, runs: null };

const textOf = (row: Row | undefined, name: string): string | null => {
  const value = row?.[name];
  return typeof value === 'string' ? value : null;
};

async function findSuite(db: string, suite: string | undefined): Promise<FoundSubject> {
  const { rows } = await new Questions(db, EVERYTHING).ask({ query: 'report-scope', params: {} });
  const row = suite === undefined ? rows[0] : rows.find((each) => each['suite'] === suite);
  if (suite !== undefined && row === undefined) {
    const known = rows.map((each) => String(each['suite']));
    throw new UnknownNameError('suite', suite, known, undefined);
  }
  const seed = typeof row?.['main_seed'] === 'number' ? row['main_seed'] : null;
  const scope = { suite: textOf(row, 'suite'), preset: textOf(row, 'preset'), seed, runs: null };
  return { scope, row: row ?? {} };
}

async function findRuns(db: string, runs: readonly string[]): Promise<FoundSubject> {
  const asked = { ...EVERYTHING, runs: runs.join(',') };
  const compared = new Questions(db, asked);
  const found = await compared.ask({ query: 'compare-runs', params: {} });
  const missing = runs.find((run) => !found.rows.some((row) => row['run'] === run));
  if (missing !== undefined) {
    const { rows } = await new Questions(db, EVERYTHING).ask({ query: 'compare-runs', params: {} });
    const known = rows.map((row) => String(row['run']));
    throw new UnknownNameError('run', missing, [...known, 'SUITE@SEED for one seed of them'], undefined);
  }
  const { rows } = await compared.ask({ query: 'compare-scope', params: {} });
  return { scope: { ...asked, preset: textOf(rows[0], 'preset') }, row: rows[0] ?? {} };
}

/**
 * Finds what a report is about: the suite asked for, else the one with most work, or the runs compared.
 * @throws UnknownNameError for a suite or run that the database has not
 */
export const findSubject = (
  db: string,
  { compares }: Pick<ReportDefinition, 'compares'>,
  { suite, runs = [] }: Subject,
): Promise<FoundSubject> => (compares === 'runs' ? findRuns(db, runs) : findSuite(db, suite));

const numberOf = (value: unknown): number[] => (typeof value === 'number' ? [value] : []);

/** Axes of tokens, on which a place is a number of tokens: steps of different runs are not alike. */
function tokenAxes(row: Row): readonly [StepAxis, ...StepAxis[]] {
  const tokens = [
    ...(row['from_zero'] === true ? [0] : []),
    ...numberOf(row['first_tokens']),
    ...numberOf(row['last_tokens']),
  ];
  const axes = stepAxes(tokens.map((place) => ({ step: place, tokens: place })));
  const [first, ...others] = axes.filter(({ name }) => name.includes('tokens'));
  return first === undefined ? axes : [first, ...others];
}

/** Axes of training that the charts of a report can be drawn on, and the places on the first that were measured. */
export async function trainingAxes(
  questions: Questions,
  { compares }: Pick<ReportDefinition, 'compares'>,
  row: Row,
): Promise<{ readonly axes: readonly [StepAxis, ...StepAxis[]]; readonly places: readonly number[] }> {
  if (compares === 'runs')
    return {
      axes: tokenAxes(row),
      places: [...numberOf(row['first_tokens']), ...numberOf(row['last_tokens'])],
    };
  const cells = await questions.ask({ query: 'coverage', params: {} });
  const shown = cells.rows.filter(({ state }) => state === 'done' || state === 'some_operators');
  const places = [...new Set(shown.flatMap(({ step }) => numberOf(step)))];
  const read = await questions.ask({ query: 'checkpoints-read', params: {} });
  const tokens = new Map(read.rows.map((each) => [each['step'], each['tokens']]));
  const axes = stepAxes(places.map((step) => ({ step, tokens: numberOf(tokens.get(step))[0] ?? null })));
  return { axes, places };
}
