import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors/errors.js';
import { parseShard, shareOf } from '../../src/sweep/plan/shard.js';
import { orderSteps, type StepOrder } from '../../src/sweep/plan/step-order.js';

const STEPS = fc.uniqueArray(fc.nat(143_000), { maxLength: 40 });
const ORDERS: readonly StepOrder[] = ['progressive', 'forward', 'backward'];

describe('orderSteps', () => {
  it('takes every step once, in any order given', () => {
    fc.assert(
      fc.property(STEPS, fc.constantFrom(...ORDERS), (steps, order) => {
        const ordered = orderSteps(steps, order);
        expect([...ordered].sort()).toEqual([...steps].sort());
        expect(orderSteps([...steps].reverse(), order)).toEqual(ordered);
      }),
    );
  });

  it('goes from coarse to fine over log steps', () => {
    const steps = [0, 1, 8, 30, 100, 1000];
    expect(orderSteps(steps, 'progressive')).toEqual([1000, 0, 30, 8, 100, 1]);
    expect(orderSteps(steps, 'forward')).toEqual(steps);
    expect(orderSteps([3, 255, 0], 'backward')).toEqual([255, 3, 0]);
    expect(orderSteps([7], 'progressive')).toEqual([7]);
  });

  it('leaves ever smaller gaps: no step is farther from those before it than an earlier one was', () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        const ordered = orderSteps(steps, 'progressive').map(Math.log1p);
        const gaps = ordered
          .map((step, i) => Math.min(...ordered.slice(0, i).map((taken) => Math.abs(step - taken))))
          .slice(2);
        gaps.forEach((gap, i) => {
          expect(gap).toBeLessThanOrEqual(gaps[i - 1] ?? Infinity);
        });
      }),
    );
  });
});

describe('parseShard', () => {
  const slurm = { SLURM_ARRAY_TASK_ID: '7', SLURM_ARRAY_TASK_MIN: '1', SLURM_ARRAY_TASK_STEP: '2' };

  it.each([
    ['0/1', {}, { index: 0, count: 1 }],
    ['3/8', slurm, { index: 3, count: 8 }],
    ['auto', { ...slurm, SLURM_ARRAY_TASK_COUNT: '4' }, { index: 3, count: 4 }],
    ['auto/5', slurm, { index: 3, count: 5 }],
    ['auto/5', { JOB_COMPLETION_INDEX: '4' }, { index: 4, count: 5 }],
  ])('reads %s', (text, environment, shard) => {
    expect(parseShard(text, environment)).toEqual(shard);
  });

  it.each(['', '1', '4/4', '-1/4', '1/0', '1/4/2', 'a/b', '1.5/4', 'auto', 'auto/4'])(
    'refuses %j',
    (text) => {
      expect(() => parseShard(text, {})).toThrow(UsageError);
    },
  );

  it('gives every item to one shard', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), fc.integer({ min: 1, max: 9 }), (items, count) => {
        const shards = Array.from({ length: count }, (_, index) => shareOf(items, { index, count }));
        expect(shards.flat().sort()).toEqual([...items].sort());
        const sizes = shards.map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
