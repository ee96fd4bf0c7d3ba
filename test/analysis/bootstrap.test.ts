import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootstrapInterval } from '../../src/analysis/bootstrap.js';
import { randomStream } from '../../src/domain/random.js';

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

describe('the bootstrap interval', () => {
  it('holds the mean, inside the range of the values, and is the same for the same seed', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 12, max: 60 }), (seed, n) => {
        const random = randomStream(seed, 'test');
        const values = Array.from({ length: n }, () => 3 + random.normal());
        const { low, high } = bootstrapInterval(values, { samples: 400, seed });
        expect(low).toBeLessThan(mean(values));
        expect(high).toBeGreaterThan(mean(values));
        expect(low).toBeGreaterThan(Math.min(...values));
        expect(high).toBeLessThan(Math.max(...values));
        expect(bootstrapInterval(values, { samples: 400, seed })).toEqual({ low, high });
        expect(bootstrapInterval(values, { samples: 400, seed: seed + 1 })).not.toEqual({ low, high });
      }),
      { numRuns: 30 },
    );
  });

  it.each([0.95, 0.5])('covers the true mean of normal samples about %f of the time', (level) => {
    const samples = 600;
    const covered = Array.from({ length: samples }, (_, seed) => {
      const random = randomStream(seed, 'coverage');
      const values = Array.from({ length: 40 }, () => 7 + 2 * random.normal());
      const { low, high } = bootstrapInterval(values, { samples: 300, seed, level });
      return low <= 7 && 7 <= high ? 1 : 0;
    });
    // Three standard errors, and the percentile interval of 40 values is a little short.
    const slack = 3 * Math.sqrt((level * (1 - level)) / samples) + 0.02;
    expect(Math.abs(mean(covered) - level)).toBeLessThan(slack);
  });

  it('takes any statistic, also of rows of several columns', () => {
    const top = [1, 2, 3, 4, 5, 6, 7, 8];
    const bottom = [2, 4, 6, 8, 10, 12, 14, 16];
    const ratio = (rows: Float64Array): number =>
      mean(rows.map((row) => top[row] ?? NaN)) / mean(rows.map((row) => bottom[row] ?? NaN));
    const options = { samples: 100, seed: 5 };
    expect(bootstrapInterval([...top.keys()], { ...options, statistic: ratio })).toEqual({
      low: 0.5,
      high: 0.5,
    });
    const largest = bootstrapInterval(top, { ...options, statistic: (values) => Math.max(...values) });
    expect(largest.high).toBe(8);
    expect(largest.low).toBeGreaterThan(4);
  });

  it('is a point for equal values', () => {
    expect(bootstrapInterval([2, 2, 2], { samples: 10, seed: 0 })).toEqual({ low: 2, high: 2 });
  });

  it('refuses what has no interval', () => {
    expect(() => bootstrapInterval([], { samples: 10, seed: 0 })).toThrow(RangeError);
    expect(() => bootstrapInterval([1], { samples: 0, seed: 0 })).toThrow(RangeError);
    expect(() => bootstrapInterval([1], { samples: 10, seed: 0, level: 1 })).toThrow(RangeError);
  });
});
