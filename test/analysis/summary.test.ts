import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { summarise } from '../../src/analysis/summary.js';

describe('a summary', () => {
  // SciPy 1.17.1: tmean, tstd; NumPy 1.26.4: median
  it.each([
    [[3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5], 4, 4, 2.3664319132398464],
    [[2.5, 7, 1, 8, 2, 8, 1, 8, 2, 8, 4.25], 4.704545454545454, 4.25, 3.096001820530355],
    [[0.1, 0.2, 0.3, -4, 1e3], 199.32, 0.2, 447.5974273831341],
    [[2.5, -7], -2.25, -2.25, 6.7175144212722016],
  ])('of %j is that of SciPy', (values, mean, median, sd) => {
    const summary = summarise(values);
    expect(summary.n).toBe(values.length);
    expect(summary.mean).toBeCloseTo(mean, 11);
    expect(summary.median).toBeCloseTo(median, 12);
    expect(summary.sd).toBeCloseTo(sd, 11);
  });

  it('says null where there is nothing to say', () => {
    expect(summarise([])).toEqual({ n: 0, mean: null, median: null, sd: null });
    expect(summarise([-3])).toEqual({ n: 1, mean: -3, median: -3, sd: null });
    expect(summarise([1e308, 1.5e308, 1.2e308, -1e308])).toMatchObject({ median: 1.1e308, sd: null });
  });

  it('knows no order, leaves its input alone and follows a change of unit', () => {
    const sample = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(sample, fc.integer({ min: 1, max: 20 }), (values, factor) => {
        const before = [...values];
        const summary = summarise(values);
        expect(values).toEqual(before);
        expect(summarise(values.toReversed())).toEqual(summary);
        const scaled = summarise(values.map((value) => -factor * value));
        expect(scaled.median).toBeCloseTo(-factor * (summary.median ?? NaN), 4);
        expect(scaled.sd).toBeCloseTo(factor * (summary.sd ?? NaN), 4);
      }),
    );
  });
});
