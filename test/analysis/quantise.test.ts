import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupMeans, mapGrid } from '../../src/analysis/group-means.js';
import { NO_VALUE, quantise, valueRange } from '../../src/analysis/quantise.js';

/** As activations are: float32. */
const number = fc.float({ min: -1e6, max: 1e6, noNaN: true });

describe('quantising', () => {
  it('is off by at most half a level, and keeps what is missing', () => {
    fc.assert(
      fc.property(fc.array(fc.option(number, { freq: 6 }), { minLength: 1, maxLength: 40 }), (given) => {
        const values = Float64Array.from(given, (value) => value ?? NaN);
        const range = valueRange([values]);
        if (range === null) {
          expect(given.every((value) => value === null)).toBe(true);
          return;
        }
        const { low, high } = range;
        quantise(values, range).forEach((byte, i) => {
          const value = given[i] ?? null;
          expect(byte === NO_VALUE).toBe(value === null);
          if (value === null) return;
          const restored = low + (byte / 254) * (high - low);
          expect(Math.abs(restored - value)).toBeLessThanOrEqual((high - low) / 508 + 1e-9 * Math.abs(value));
        });
      }),
    );
  });

  it('gives the ends of the range the first and the last level, and a constant the first', () => {
    const values = Float64Array.of(3, -1, NaN, 1);
    const range = valueRange([values, Float64Array.of(2)]);
    expect(range).toEqual({ low: -1, high: 3 });
    expect([...quantise(values, { low: -1, high: 3 })]).toEqual([254, 0, 255, 127]);
    expect([...quantise(Float64Array.of(7, 7), { low: 7, high: 7 })]).toEqual([0, 0]);
    expect(valueRange([Float64Array.of(NaN)])).toBeNull();
  });
});

describe('means by group', () => {
  it('are those of the values of each group, NaN of none', () => {
    expect([...groupMeans([1, 2, 3, 10], [0, 2, 0, 2], 4)]).toEqual([2, NaN, 6, NaN]);
  });

  it('weighted by their counts give the mean of all', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(number, fc.nat(4)), { minLength: 1, maxLength: 50 }), (given) => {
        const groups = given.map(([, group]) => group);
        const values = given.map(([value]) => value);
        const means = groupMeans(values, groups, 5);
        const total = [...means].reduce(
          (sum, mean, group) =>
            sum + (Number.isNaN(mean) ? 0 : mean * groups.filter((g) => g === group).length),
          0,
        );
        expect(total).toBeCloseTo(
          values.reduce((sum, value) => sum + value, 0),
          3,
        );
      }),
    );
  });

  it('are of the finest grid that has few enough cells and covers all operands', () => {
    expect(mapGrid(100, 25)).toEqual({ side: 25, cellOperands: 4 });
    expect(mapGrid(10, 4)).toEqual({ side: 4, cellOperands: 3 });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 1000 }), fc.integer({ min: 1, max: 60 }), (operands, most) => {
        const { side, cellOperands } = mapGrid(operands, most);
        expect(side).toBeLessThanOrEqual(most);
        expect(side * cellOperands).toBeGreaterThanOrEqual(operands);
        expect((side - 1) * cellOperands).toBeLessThan(operands);
        if (cellOperands > 1) expect(Math.ceil(operands / (cellOperands - 1))).toBeGreaterThan(most);
      }),
    );
  });
});
