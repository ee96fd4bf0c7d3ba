import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commitAll, exampleStep, scratch } from '../store/example.js';
import { buildWholeExample, wholeStep } from '../store/whole-example.js';
import { answersOf } from './answer.js';

const { folder, remove } = scratch();
afterAll(remove);
const db = join(folder, 'whole.duckdb');
const early = join(folder, 'early.duckdb');
const answer = answersOf(db);
beforeAll(async () => {
  await buildWholeExample(db);
  await commitAll(early, [wholeStep(0, 0), exampleStep(0, 10), wholeStep(0, 100)]);
});

const base64 = (...bytes: readonly number[]): string => Buffer.from(bytes).toString('base64');

describe('neurons with maps', () => {
  const LIFE = 'name birth_step born_before_first death_step steps_present steps';

  it('gallery-neurons: rank, effect and heuristics at the reference checkpoint, in the order of rank', async () => {
    const columns = 'operator rank name ranked_by reference_step effect effect_sd n_heuristics heuristics';
    const first = ['+', 0, '2.0', 'exact_effect', 1000, 1.25, 0.5, 1, 'result = 0 mod 2 0.75'];
    expect(await answer('gallery-neurons', {}, columns)).toEqual([
      first,
      ['+', 1, '1.0', 'exact_effect', 1000, 0.625, 0.5, 1, 'op1 in [0,10) 0.75'],
    ]);
    expect(await answer('gallery-neurons', { neurons: 1 }, columns)).toEqual([first]);
    expect(await answer('gallery-neurons', { operator: '*' }, columns)).toEqual([]);
  });

  it('gallery-neurons: birth and death over the measured steps', async () => {
    expect(await answer('gallery-neurons', {}, LIFE)).toEqual([
      ['2.0', 10, false, null, 3, 4],
      ['1.0', 0, true, null, 3, 4],
    ]);
    expect(await answersOf(early)('gallery-neurons', {}, LIFE)).toEqual([
      ['2.0', 10, false, null, 2, 3],
      ['1.0', 0, true, 100, 2, 3],
    ]);
  });

  it('report-gallery: how many implement heuristics at last, and since when half of these', async () => {
    const columns = 'reference_step neurons by_effect implementing early_step';
    expect(await answer('report-gallery', {}, columns)).toEqual([[1000, 2, true, 2, 0]]);
    expect(await answer('report-gallery', { neurons: 1 }, columns)).toEqual([[1000, 1, true, 1, 10]]);
    expect(await answersOf(early)('report-gallery', {}, columns)).toEqual([[100, 2, true, 1, 10]]);
  });

  it('gallery-maps: bytes, scale and heuristics at each step, or why there is no map', async () => {
    const columns = 'rank step low high cells null_reason';
    const cells = base64(0, 254, 127, 255);
    expect(await answer('gallery-maps', {}, columns)).toEqual([
      [0, 0, -0.25, 2, cells, null],
      [0, 100, -0.25, 2.1, cells, null],
      [0, 1000, -0.25, 3, cells, null],
      [1, 0, null, null, null, 'not_finite'],
      [1, 100, -0.25, 1.1, cells, null],
      [1, 1000, -0.25, 2, cells, null],
    ]);
    expect(await answer('gallery-maps', { neurons: 1, named: 1 }, 'step n_heuristics heuristics')).toEqual([
      [0, 0, null],
      [100, 2, 'op1 in [0,10) 0.75'],
      [1000, 1, 'result = 0 mod 2 0.75'],
    ]);
    const profiles = 'side cell_operands profile_low profile_high op1_profile result_profile';
    expect((await answer('gallery-maps', { neurons: 1 }, profiles))[0]).toEqual([
      ...[2, 5, -0.5, 4],
      ...[base64(0, 50, 100, 150, 200, 254, 0, 50, 100, 150), base64(0, 254, 255, 127)],
    ]);
  });

  it('gallery-maps: steps spread over the logarithm, first and last among them', async () => {
    const steps = async (most: number) =>
      (await answer('gallery-maps', { neurons: 1, most }, 'step')).map(([step]) => step);
    expect(await steps(16)).toEqual([0, 100, 1000]);
    expect(await steps(3)).toEqual([0, 100, 1000]);
    expect(await steps(2)).toEqual([0, 1000]);
    expect(await steps(1)).toEqual([0]);
  });
});
