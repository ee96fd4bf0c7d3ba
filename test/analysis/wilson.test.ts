import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wilsonInterval } from '../../src/analysis/wilson.js';

describe('the Wilson interval', () => {
  // statsmodels 0.15.0: proportion_confint(count, nobs, method='wilson')
  it.each([
    [5, 10, 0.23659309051256394, 0.7634069094874361],
    [0, 20, 0, 0.1611251580528194],
    [81, 263, 0.2552885198782742, 0.36620957698280004],
    [999, 1000, 0.9943574414020421, 0.9998234536293739],
  ])('of %i in %i is that of statsmodels', (correct, n, low, high) => {
    const interval = wilsonInterval(correct, n);
    expect(interval.low).toBeCloseTo(low, 12);
    expect(interval.high).toBeCloseTo(high, 12);
  });

  it('holds the proportion and stays in [0, 1]', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.nat(5000), (n, k) => {
        const correct = Math.min(n, k);
        const { low, high } = wilsonInterval(correct, n);
        expect(0 <= low && low <= correct / n && correct / n <= high && high <= 1).toBe(true);
      }),
    );
  });
});
