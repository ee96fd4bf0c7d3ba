import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refreshEmergence, type RefreshParams } from '../../src/emergence/refresh.js';
import { InterruptedError, UnknownNameError } from '../../src/errors/errors.js';
import { answersOf } from '../queries/answer.js';
import { buildEmpty, commitAll, exampleStep, scratch } from '../store/example.js';
import { buildCourses, courseBatch } from '../support/courses.js';
import { FEW_STEPS } from '../support/simulated-trajectories.js';

const { folder, remove } = scratch();
afterAll(remove);
const path = (name: string): string => join(folder, `${name}.duckdb`);
const FEW = { samples: 100, permutations: null, seed: 0 };
const LEAST = { ...FEW, samples: 10 };
const refresh = (db: string, params: Partial<RefreshParams> = {}) =>
  refreshEmergence({ db, programVersion: '0.1.0', settings: FEW, ...params });

const courses = path('courses');
const ask = answersOf(courses);
beforeAll(async () => {
  await buildCourses(courses);
  await refresh(courses);
}, 60_000);

describe('known courses', () => {
  it('have the verdicts that they were made with', async () => {
    const columns = 'trajectory verdict null_reason n_steps largest_n chance_subtracted declines';
    const rows = await ask('emergence-verdicts', {}, columns);
    expect(rows).toEqual([
      ['accuracy of + on universe', 'gradual', null, 28, 2000, false, false],
      ['accuracy of - on universe', 'abrupt', null, 28, 2000, false, false],
      ['accuracy of * on universe', 'no_change', null, 28, 2000, false, false],
      ['accuracy of / on universe', 'undetermined', 'too_few_steps', 5, 2000, false, false],
      ['classified neurons of + by paper', 'gradual', null, 28, 128, true, false],
      ['range neurons of + by paper', 'gradual', null, 28, 128, true, false],
      ['classified neurons of - by paper', 'abrupt', null, 28, 128, true, false],
      ['range neurons of - by paper', 'abrupt', null, 28, 128, true, false],
      ['knock-out drop of + by paper', 'gradual', null, 28, null, false, false],
      ['shared with reference of + by paper', 'gradual', null, 27, expect.any(Number), false, false],
      ['shared with reference of - by paper', 'abrupt', null, 27, expect.any(Number), false, false],
    ]);
  });

  it('have the times that they were made with, in their intervals', async () => {
    const columns = 'operator rise halfway_low halfway_step halfway_high onset_low onset_step onset_high';
    for (const curve of ['logistic', 'isotonic']) {
      const rows = await ask('emergence-verdicts', { prompt_set: 'universe', curve }, columns);
      const [plus, minus, times, division] = rows.map((row) => row.slice(1).map(Number));
      expect(plus?.[0]).toBeCloseTo(0.93, 1);
      expect(plus?.[1]).toBeLessThan(600);
      expect(plus?.[2]).toBeCloseTo(600, -2);
      expect(plus?.[3]).toBeGreaterThan(600);
      expect(plus?.[4]).toBeGreaterThan(100);
      expect(plus?.[6]).toBeLessThan(600);
      // between the two steps that the jump lies between
      const [, low, , high, onsetLow, , onsetHigh] = minus ?? [];
      expect([low, high, onsetLow, onsetHigh].map((step) => Math.round(step ?? NaN))).toEqual([
        384, 512, 384, 512,
      ]);
      expect(times?.slice(1)).toEqual([0, 0, 0, 0, 0, 0]);
      expect(division?.slice(1)).toEqual([0, 0, 0, 0, 0, 0]);
    }
    const reasons = 'operator onset_reason onset_low_reason halfway_reason p p_adjusted';
    const [, , flat, few] = await ask('emergence-verdicts', { prompt_set: 'universe' }, reasons);
    expect(flat?.slice(0, 4)).toEqual(['*', 'no_change', 'no_change', 'no_change']);
    expect(Number(flat?.[4])).toBeGreaterThan(0.05);
    expect(flat?.[5]).toBeGreaterThanOrEqual(Number(flat?.[4]));
    expect(few).toEqual(['/', 'too_few_steps', 'too_few_steps', 'too_few_steps', null, null]);
  });

  it('say which model is best, and by how much', async () => {
    const rows = await ask('emergence-models', { prompt_set: 'universe' }, 'operator model k n delta weight');
    const lead = (operator: string, model: string) =>
      Number(rows.find(([of, name]) => of === operator && name === model)?.[4]);
    expect(lead('+', 'logistic')).toBeLessThan(4);
    expect(lead('-', 'change_point')).toBeLessThan(4);
    expect(lead('*', 'constant')).toBe(0);
    for (const operator of '+-') expect(lead(operator, 'line')).toBeGreaterThan(20);
    const weights = rows.filter(([operator]) => operator === '+').map((row) => Number(row[5]));
    expect(weights).toHaveLength(7);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9);
    expect(rows.at(-1)).toEqual(['/', null, null, 5, null, null]);
  });

  it('have levels less chance beside those of the fitted curves', async () => {
    const columns = 'step level successes trials chance logistic change_point';
    const rows = await ask('emergence-levels', { family: 'any', operator: '+' }, columns);
    expect(rows).toHaveLength(28);
    for (const [, level, successes, trials, chance, logistic] of rows.map((row) => row.map(Number))) {
      expect(level).toBeCloseTo((successes ?? NaN) / (trials ?? NaN) - 8 / 128, 12);
      expect(chance).toBe(8 / 128);
      expect(Math.abs((level ?? NaN) - (logistic ?? NaN))).toBeLessThan(0.15);
    }
    const few = await ask('emergence-levels', { prompt_set: 'universe', operator: '/' }, columns);
    expect(few.map((row) => row.slice(4))).toEqual(Array.from({ length: 5 }, () => [null, null, null]));
  });

  it('say what leads', async () => {
    const columns = 'operator part order_found null_reason against';
    const rows = await ask('lead-lag', { family: 'any' }, columns);
    expect(rows.map((row) => row.slice(0, 2))).toEqual([
      ['+', 'onset'],
      ['+', 'halfway'],
      ['-', 'onset'],
      ['-', 'halfway'],
    ]);
    expect(rows[1]).toEqual(['+', 'halfway', 'leads', null, 'accuracy of + on universe']);
    // few steps lie between two jumps
    expect(rows[3]).toEqual(['-', 'halfway', 'not_told_apart', null, 'accuracy of - on universe']);
    const [octaves] = await ask(
      'lead-lag',
      { family: 'any', operator: '+', part: 'halfway' },
      'octaves low high',
    );
    const truth = Math.log2(61 / 601);
    expect(octaves?.[0]).toBeCloseTo(truth, 0);
    expect(octaves?.[1]).toBeLessThan(truth);
    expect(octaves?.[2]).toBeGreaterThan(truth);
  });

  it('correlate accuracy with the drop by knock-outs', async () => {
    const rows = await ask('accuracy-and-knockouts', {}, 'operator n_steps spearman p spearman_of_changes');
    expect(rows).toEqual([['+', 28, expect.any(Number), expect.any(Number), expect.any(Number)]]);
    expect(Number(rows[0]?.[2])).toBeGreaterThan(0.7);
    expect(Number(rows[0]?.[3])).toBeLessThan(0.01);
    expect(Math.abs(Number(rows[0]?.[4]))).toBeLessThan(0.6);
  });
});

describe('verdicts are computed', () => {
  const state = (db: string, columns: string) => answersOf(db)('emergence-state', {}, columns);

  it('once for the same results and settings', async () => {
    const before = await state(courses, 'computed_at current trajectories samples permutations');
    expect(before).toEqual([[expect.any(String), true, 11, 100, 999]]);
    expect(await refresh(courses)).toEqual([{ suite: 'toy', trajectories: 11, computed: false, seconds: 0 }]);
    // and with the settings that they were computed with, where none are given
    expect(await refresh(courses, { settings: undefined })).toMatchObject([{ computed: false }]);
    expect(await state(courses, 'computed_at current trajectories samples permutations')).toEqual(before);
  });

  it('again for other settings, and again when results were added', async () => {
    const db = path('growing');
    const steps = [0, 16, 32, 64, 128, 256, 512, 1024, 2048, 4000];
    const only = { steps, measures: ['accuracy'] as const };
    await commitAll(db, [courseBatch({ ...only, steps: steps.slice(0, 8) })]);
    expect(await state(db, 'judged current judged_units samples')).toEqual([[false, false, null, null]]);
    expect(await refresh(db, { settings: LEAST })).toMatchObject([{ trajectories: 4, computed: true }]);
    const verdicts = (columns: string) => answersOf(db)('emergence-verdicts', {}, columns);
    expect(await verdicts('operator verdict n_steps current')).toEqual([
      ['+', 'undetermined', 8, true],
      ['-', 'undetermined', 8, true],
      ['*', 'undetermined', 8, true],
      ['/', 'undetermined', 4, true],
    ]);
    await commitAll(db, [courseBatch({ ...only, steps: steps.slice(8) })]);
    expect(await state(db, 'judged current judged_units units')).toEqual([[true, false, 8, 10]]);
    expect(await verdicts('current')).toEqual([[false], [false], [false], [false]]);
    expect(await refresh(db, { settings: undefined })).toMatchObject([{ computed: true }]);
    expect(await verdicts('operator n_steps current')).toEqual([
      ['+', 10, true],
      ['-', 10, true],
      ['*', 10, true],
      ['/', 5, true],
    ]);
    expect(await state(db, 'samples current')).toEqual([[10, true]]);
    expect(await refresh(db, { settings: { ...LEAST, seed: 3 } })).toMatchObject([{ computed: true }]);
    expect(await refresh(db, { settings: { ...LEAST, permutations: 500 } })).toMatchObject([
      { computed: true },
    ]);
    expect(await state(db, 'permutations random_seed current')).toEqual([[500, 0, true]]);
    expect(await refresh(db, { settings: undefined })).toMatchObject([{ computed: false }]);
  });

  it('whole or not at all when told to stop', async () => {
    const db = path('stopped');
    await commitAll(db, [courseBatch({ steps: [0, 16, 64], measures: ['accuracy'] })]);
    const stop = new AbortController();
    const onProgress = ({ done }: { done: number }) => {
      if (done === 2) stop.abort();
    };
    await expect(refresh(db, { settings: LEAST, signal: stop.signal, onProgress })).rejects.toThrow(
      InterruptedError,
    );
    expect(await state(db, 'judged')).toEqual([[false]]);
    expect(await refresh(db, { settings: LEAST })).toMatchObject([{ computed: true }]);
  });

  it('of what there is', async () => {
    const [empty, first] = [path('empty'), path('first')];
    await buildEmpty(empty);
    expect(await refresh(empty, { settings: LEAST })).toEqual([]);
    await commitAll(first, [exampleStep(0, 0)]);
    expect(await refresh(first, { settings: LEAST })).toMatchObject([{ suite: 'toy', computed: true }]);
    const rows = await answersOf(first)('emergence-verdicts', {}, 'verdict null_reason n_steps');
    expect(rows.length).toBeGreaterThan(2);
    for (const row of rows) expect(row).toEqual(['undetermined', 'too_few_steps', 1]);
    await expect(refresh(first, { suite: 'toyy' })).rejects.toThrow(UnknownNameError);
  });
});

describe('over seeds', () => {
  it('times and lags have a mean with an interval, and seeds are counted by verdict', async () => {
    const db = path('seeds');
    await commitAll(db, [
      courseBatch({ seeds: [0, 1, 2], steps: FEW_STEPS, measures: ['accuracy', 'classification'] }),
    ]);
    await refresh(db, { settings: LEAST });
    const columns =
      'trajectory kind part seeds seeds_judged gradual undetermined mean_step low_step high_step mean_octaves p';
    const over = (params: Record<string, string>) => answersOf(db)('emergence-over-seeds', params, columns);
    const [onset, halfway] = await over({ prompt_set: 'universe', operator: '+' });
    expect(onset?.slice(0, 7)).toEqual(['accuracy of + on universe', 'time', 'onset', 3, 3, 3, 0]);
    const [mean, low, high] = [7, 8, 9].map((i) => Number(halfway?.[i]));
    expect(mean).toBeCloseTo(600, -2);
    expect(low).toBeLessThan(600);
    expect(high).toBeGreaterThan(600);
    const [none] = await over({ prompt_set: 'universe', operator: '*', part: 'halfway' });
    expect(none?.slice(1, 5)).toEqual(['time', 'halfway', 0, 3]);
    expect(none?.slice(7)).toEqual([null, null, null, null, null]);
    const lags = (await over({ family: 'any', operator: '+', part: 'halfway' })).filter(
      ([, kind]) => kind === 'lag',
    );
    expect(lags).toHaveLength(1);
    expect(Number(lags[0]?.[10])).toBeCloseTo(Math.log2(61 / 601), 0);
    // the least that three seeds can give
    expect(lags[0]?.[11]).toBe(0.25);
  }, 60_000);
});
