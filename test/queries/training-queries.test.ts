import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StepBatch } from '../../src/store/encode-batch.js';
import { commitAll, exampleStep, exampleUnit, scratch } from '../store/example.js';
import { buildWholeExample } from '../store/whole-example.js';
import { answersOf } from './answer.js';

const { folder, remove } = scratch();
afterAll(remove);
const db = join(folder, 'whole.duckdb');
const answer = answersOf(db);
beforeAll(() => buildWholeExample(db));

describe('step-overlap', () => {
  it('is intersection over union of pairs and of neurons, for both orders', async () => {
    const columns = 'step_a step_b shared_pairs union_pairs pair_iou shared_neurons union_neurons neuron_iou';
    const rows = await answer('step-overlap', { operator: '+' }, columns);
    expect(rows).toHaveLength(16);
    expect(rows.filter(([a, b]) => Number(a) <= Number(b))).toEqual([
      [0, 0, 1, 1, 1, 1, 1, 1],
      [0, 10, 1, 2, 0.5, 1, 2, 0.5],
      [0, 100, 0, 3, 0, 0, 2, 0],
      [0, 1000, 1, 4, 0.25, 1, 3, 1 / 3],
      [10, 10, 2, 2, 1, 2, 2, 1],
      [10, 100, 1, 3, 1 / 3, 1, 2, 0.5],
      [10, 1000, 1, 5, 0.2, 2, 3, 2 / 3],
      [100, 100, 2, 2, 1, 1, 1, 1],
      [100, 1000, 1, 5, 0.2, 1, 3, 1 / 3],
      [1000, 1000, 4, 4, 1, 3, 3, 1],
    ]);
    for (const [a, b, ...values] of rows)
      expect(rows.find(([first, second]) => first === b && second === a)?.slice(2)).toEqual(values);
  });

  it('is null where a step was not measured and where neither has a heuristic', async () => {
    const columns = 'step_a step_b shared_pairs union_neurons pair_iou neuron_iou null_reason';
    const rows = await answer('step-overlap', { operator: '*' }, columns);
    expect(rows.filter(([a, b]) => Number(a) <= Number(b))).toEqual([
      ...[0, 10, 100, 1000].map((step) => [0, step, null, null, null, null, 'too_few_prompts']),
      [10, 10, 1, 1, 1, 1, null],
      [10, 100, 0, 1, 0, 0, null],
      [10, 1000, 1, 2, 0.5, 0.5, null],
      [100, 100, 0, 0, null, null, 'denominator_below_floor'],
      [100, 1000, 0, 2, 0, 0, null],
      [1000, 1000, 2, 2, 1, 1, null],
    ]);
  });
});

describe('lives', () => {
  it('survival on the example: one death among pairs whose birth was seen', async () => {
    const columns = 'age at_risk deaths censored survival';
    // +: births at 0 (the untrained model), 10, 100 and two at 1000; the one of 10 is gone at 1000
    expect(await answer('survival', { operator: '+' }, columns)).toEqual([
      [0, 5, 0, 2, 1],
      [900, 3, 0, 1, 1],
      [990, 2, 1, 0, 0.5],
      [1000, 1, 0, 1, 0.5],
    ]);
    expect(await answer('survival', { operator: '+', family: 'pattern' }, columns)).toEqual([
      [0, 1, 0, 1, 1],
    ]);
    // *: the pair present at its first measured step, 10, has no known age
    expect(await answer('survival', { operator: '*' }, columns)).toEqual([[0, 1, 0, 1, 1]]);
    expect((await answer('survival', {}, 'operator age at_risk'))[0]).toEqual(['any', 0, 6]);
  });

  it('lifetimes-by-family', async () => {
    const columns =
      'operator family pairs births deaths permanent share_permanent uninterrupted median_lifetime median_birth_step';
    expect(await answer('lifetimes-by-family', { operator: '+', family: null }, columns)).toEqual([
      ['+', 'any', 5, 4, 1, 4, 0.8, 3, 990, 100],
      ['+', 'mod', 2, 2, 0, 2, 1, 2, null, 100],
      ['+', 'pattern', 1, 1, 0, 1, 1, 1, null, 1000],
      ['+', 'range', 2, 1, 1, 1, 0.5, 0, 990, 0],
    ]);
    expect(await answer('lifetimes-by-family', { family: 'any' }, columns)).toEqual([
      ['any', 'any', 7, 5, 1, 6, 6 / 7, 4, 990, 100],
    ]);
  });
});

/**
 * Weeks of remission of 21 leukaemia patients under 6-mercaptopurine, the textbook example of the estimate (Freireich
 * et al. 1963); a negative number was censored.
 */
const WEEKS = [6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35];
const LAST = 40;

/** A training run whose (heuristic, neuron) pairs live so long: steps 0 to 40, a censored one alive at the last. */
function remissions(): StepBatch[] {
  const lives = WEEKS.map((weeks, neuron) => {
    const birth = weeks < 0 ? LAST + weeks : 1 + (neuron % 3);
    return { neuron, birth, death: weeks < 0 ? null : birth + weeks };
  });
  const { suites, configurations, heuristics } = exampleStep(0, 0).dimensions;
  const [checkpoint] = exampleStep(0, 0).dimensions.checkpoints ?? [];
  if (checkpoint === undefined) throw new Error('the example has a checkpoint');
  return Array.from({ length: LAST + 1 }, (_, step): StepBatch => {
    const present = lives.filter(({ birth, death }) => birth <= step && (death === null || step < death));
    const unit = exampleUnit('classification', 0, step);
    return {
      dimensions: {
        suites: suites ?? [],
        configurations: configurations ?? [],
        heuristics: heuristics ?? [],
        checkpoints: [{ ...checkpoint, step, weights_hash: unit.weights_hash ?? '' }],
      },
      units: [
        {
          unit,
          facts: {
            neurons: lives.map(({ neuron }) => ({
              operator: '+',
              layer: 1,
              neuron,
              state: 'live',
              scale: 1,
              sd: 1,
              n_heuristics: present.some((life) => life.neuron === neuron) ? 1 : 0,
              best_score: 0.7,
              best_heuristic: 'op1 in [0,10)',
              null_reason: null,
            })),
            neuron_heuristics: present.map(({ neuron }) => ({
              operator: '+',
              layer: 1,
              neuron,
              heuristic: 'op1 in [0,10)',
              target: 'op1',
              family: 'range',
              score: 0.7,
              sign: 1,
              map: 'K',
            })),
          },
        },
      ],
    };
  });
}

it('survival is the textbook’s', async () => {
  const file = join(folder, 'remissions.duckdb');
  await commitAll(file, remissions());
  const rows = await answersOf(file)('survival', {}, 'age at_risk deaths censored survival ci_low ci_high');
  expect(rows.filter(([, , deaths]) => deaths !== 0).map((row) => row.slice(0, 4))).toEqual([
    [6, 21, 3, 1],
    [7, 17, 1, 0],
    [10, 15, 1, 1],
    [13, 12, 1, 0],
    [16, 11, 1, 0],
    [22, 7, 1, 0],
    [23, 6, 1, 0],
  ]);
  const published = [0.857, 0.807, 0.753, 0.69, 0.627, 0.538, 0.448];
  const errors = [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346];
  rows
    .filter(([, , deaths]) => deaths !== 0)
    .forEach(([, , , , survival, low, high], i) => {
      const s = Number(survival);
      expect(s).toBeCloseTo(published[i] ?? NaN, 3);
      // log-log: ln(-ln S) -+ 1.96 se / (S ln S)
      const width = Math.abs((1.96 * (errors[i] ?? NaN)) / (s * Math.log(s)));
      expect(Number(low)).toBeCloseTo(Math.exp(-Math.exp(Math.log(-Math.log(s)) + width)), 3);
      expect(Number(high)).toBeCloseTo(Math.exp(-Math.exp(Math.log(-Math.log(s)) - width)), 3);
    });
  expect(rows.at(0)).toEqual([0, 21, 0, 0, 1, null, null]);
  expect(rows.at(-1)?.slice(0, 4)).toEqual([35, 1, 0, 1]);
  expect(
    await answersOf(file)('lifetimes-by-family', { family: 'any' }, 'pairs deaths median_lifetime'),
  ).toEqual([[21, 9, 23]]);
});
