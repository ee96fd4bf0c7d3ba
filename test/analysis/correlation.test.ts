import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { averageRanks, pearson, spearman, topOverlap } from '../../src/analysis/correlation.js';

// SciPy 1.17.1: pearsonr, spearmanr, rankdata
const CASES = [
  {
    x: [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5],
    y: [2.5, 7, 1, 8, 2, 8, 1, 8, 2, 8, 4.25],
    pearson: 0.0921315869646394,
    spearman: 0.10427594316078109,
    ranks: [4.5, 1.5, 6, 1.5, 8, 11, 3, 10, 8, 4.5, 8],
  },
  {
    x: [0.1, 0.2, 0.3, -4, 1e3],
    y: [-1, 2.5, 2.5, 0, 7],
    pearson: 0.8679693654115808,
    spearman: 0.8720815992723809,
    ranks: [2, 3, 4, 1, 5],
  },
  {
    x: [1, 2, 2, 2, 3, 0, 0],
    y: [5, 5, 4, 4, 1, 9, 9],
    pearson: -0.9656928188735234,
    spearman: -0.9424819839382049,
    ranks: [3, 5, 5, 5, 7, 1.5, 1.5],
  },
];

describe('correlation', () => {
  it.each(CASES)('of $x and $y is that of SciPy', ({ x, y, ...expected }) => {
    expect(pearson(x, y)).toBeCloseTo(expected.pearson, 12);
    expect(spearman(x, y)).toBeCloseTo(expected.spearman, 12);
    expect([...averageRanks(x)]).toEqual(expected.ranks);
  });

  it('is null where there is nothing to correlate', () => {
    expect(pearson([], [])).toBeNull();
    expect(pearson([1], [2])).toBeNull();
    expect(spearman([0.1, 0.1, 0.1], [1, 2, 3])).toBeNull();
    expect(pearson([1, 2, 3], [0.1, 0.1, 0.1])).toBeNull();
    expect(() => pearson([1, 2], [1])).toThrow(RangeError);
  });

  it('of huge and of tiny values neither overflows nor vanishes', () => {
    const x = [1, -2, 3.5, 0];
    const y = [2, 1, 4, 7];
    const expected = pearson(x, y) ?? NaN;
    for (const unit of [1e300, 1e-300])
      expect(
        pearson(
          x.map((value) => value * unit),
          y,
        ),
      ).toBeCloseTo(expected, 12);
  });

  it('of ranks stays the same under any increasing function', () => {
    const values = fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(values, (points) => {
        const x = points.map(([a]) => a);
        const y = points.map(([, b]) => b);
        const rho = spearman(x, y);
        const moved = spearman(x.map(Math.exp), y);
        if (rho === null) expect(moved).toBeNull();
        else expect(moved).toBeCloseTo(rho, 12);
        expect(spearman(y, x)).toBe(rho);
      }),
    );
  });
});

describe('the overlap of two tops', () => {
  it('is the share of k', () => {
    const a = [5, 1, 4, 2, 3];
    const b = [5, 4, 1, 3, 2];
    expect([1, 2, 3, 4, 5].map((k) => topOverlap(a, b, k))).toEqual([1, 0.5, 1 / 3, 0.75, 1]);
  });

  it('breaks ties by index', () => {
    expect(topOverlap([1, 1, 1, 0], [0, 1, 1, 1], 2)).toBe(0.5);
  });

  it('of none is null, of too many an error', () => {
    expect(topOverlap([1, 2], [2, 1], 0)).toBeNull();
    expect(() => topOverlap([1, 2], [2, 1], 3)).toThrow(RangeError);
    expect(() => topOverlap([1, 2], [2], 1)).toThrow(RangeError);
  });
});
