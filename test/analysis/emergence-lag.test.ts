import { describe, expect, it } from 'vitest';
import { drawBetaBinomial, drawBinomial } from '../../src/analysis/emergence/draws.js';
import { emergence } from '../../src/analysis/emergence/emergence.js';
import { leadLag } from '../../src/analysis/emergence/lag.js';
import { overSeeds } from '../../src/analysis/emergence/over-seeds.js';
import { stepCorrelation } from '../../src/analysis/emergence/step-correlation.js';
import { summarise } from '../../src/analysis/summary.js';
import { randomStream } from '../../src/domain/random.js';
import { FEW_STEPS, logisticTruth, simulate, STEPS } from '../support/simulated-trajectories.js';

const FEW = { samples: 150, permutations: 99 };
const NOISE = { n: 1000, dispersion: 0.01 };

describe('lead and lag', () => {
  const at = (halfway: number, seed: number) =>
    emergence({ trajectory: simulate(logisticTruth(halfway, 2), NOISE, seed), ...FEW, seed });
  const [early, late] = [at(200, 1), at(800, 2)];

  it('is positive where the second is later, and turns with the order', () => {
    const lag = leadLag({ first: early, second: late, seed: 1, permutations: 199 });
    expect(lag.halfway.octaves).toBeCloseTo(2, 0);
    expect(lag.halfway.low).toBeGreaterThan(1.5);
    expect(lag.halfway.high).toBeLessThan(2.5);
    expect(lag.onset.octaves).toBeCloseTo(2, 0);
    expect(lag.halfway.p).toBeLessThan(0.02);
    const turned = leadLag({ first: late, second: early, seed: 1, permutations: 199 });
    expect(turned.halfway.octaves).toBeCloseTo(-(lag.halfway.octaves ?? NaN), 12);
    expect(turned.halfway.p).toBe(lag.halfway.p);
  });

  it('of a trajectory against itself is 0 with p 1', () => {
    const { halfway } = leadLag({ first: early, second: early, seed: 1, permutations: 99 });
    expect(halfway).toMatchObject({ octaves: 0, p: 1 });
  });

  it('is null against what does not change', () => {
    const flat = emergence({ trajectory: simulate({ level: () => 0.3 }, NOISE, 3), ...FEW, seed: 3 });
    expect(leadLag({ first: early, second: flat, seed: 1 }).onset).toEqual({
      octaves: null,
      nullReason: 'no_change',
      low: null,
      high: null,
      p: null,
    });
  });

  it('is refused between trajectories of other steps', () => {
    const truth = { ...logisticTruth(256, 2), steps: FEW_STEPS };
    const other = emergence({ trajectory: simulate(truth, NOISE, 3), ...FEW, seed: 3 });
    expect(() => leadLag({ first: early, second: other, seed: 1 })).toThrow(RangeError);
  });
});

describe('over seeds', () => {
  it('is an interval of Student, with an exact sign-flip test', () => {
    // scipy.stats.ttest_1samp([1, 2, 3, 4, 2.5], 0).confidence_interval()
    const { mean, low, high, p } = overSeeds([1, 2, 3, 4, 2.5]);
    expect(mean).toBe(2.5);
    expect(low).toBeCloseTo(1.1117774474011033, 10);
    expect(high).toBeCloseTo(3.8882225525988967, 10);
    expect(p).toBe(2 / 32);
  });

  it('is never shorter than the intervals of the seeds allow', () => {
    const wide = [1, 2, 3].map((seed) => Array.from({ length: 50 }, (_, i) => seed + (i % 10)));
    const [alone, within] = [overSeeds([2, 2.1, 2.2]), overSeeds([2, 2.1, 2.2], wide)];
    expect((within.high ?? 0) - (within.low ?? 0)).toBeGreaterThan(
      3 * ((alone.high ?? 0) - (alone.low ?? 0)),
    );
  });

  it('has no interval of two seeds, and refuses none', () => {
    expect(overSeeds([1, 3])).toEqual({ seeds: 2, mean: 2, low: null, high: null, p: null });
    expect(overSeeds(Array.from({ length: 21 }, (_, i) => i)).p).toBeNull();
    expect(() => overSeeds([])).toThrow(RangeError);
    expect(() => overSeeds([1, Infinity])).toThrow(RangeError);
  });
});

describe('correlation over steps', () => {
  it('tells what only rises together from what moves together', () => {
    const random = randomStream(1, 'test');
    const x = STEPS.map((_, i) => i + random.normal());
    const apart = STEPS.map((_, i) => i + random.normal());
    const rising = stepCorrelation({ x, y: apart, seed: 1 });
    expect(rising).toMatchObject({ n: 28, p: 0.001 });
    expect(rising.pOfChanges).toBeGreaterThan(0.05);
    const together = stepCorrelation({ x, y: x.map((value) => value ** 3), seed: 1 });
    expect(together.spearman).toBeCloseTo(1, 12);
    expect(together.pOfChanges).toBeLessThan(0.01);
  });

  it('is over the steps at which both were measured', () => {
    expect(stepCorrelation({ x: [1, null, 2, 3, 9], y: [3, 1, 2, 1, null], seed: 1 })).toMatchObject({
      n: 3,
      spearman: -1,
    });
    expect(stepCorrelation({ x: [1, 2], y: [null, 4], seed: 1 })).toMatchObject({
      n: 1,
      spearman: null,
      p: null,
    });
    expect(stepCorrelation({ x: [1, 1, 1], y: [2, 3, 4], seed: 1 }).spearman).toBeNull();
    expect(() => stepCorrelation({ x: [1], y: [], seed: 1 })).toThrow(RangeError);
  });
});

describe('drawn counts', () => {
  it.each([
    [20, 0.3],
    [1000, 0.004],
    [1000, 0.4],
    [10_000, 0.93],
  ])('of %i with p = %f have the binomial mean and variance', (n, p) => {
    const random = randomStream(3, 'draws', n, p);
    const { mean, sd } = summarise(Array.from({ length: 20_000 }, () => drawBinomial(n, p, random)));
    const variance = n * p * (1 - p);
    expect(Math.abs((mean ?? NaN) - n * p)).toBeLessThan(4 * Math.sqrt(variance / 20_000));
    expect(Math.abs((sd ?? NaN) ** 2 / variance - 1)).toBeLessThan(0.05);
  });

  it.each([
    [1000, 0.2, 0.02],
    [1000, 0.6, 3],
  ])('of %i with p = %f, dispersion %f have the beta-binomial ones', (n, p, dispersion) => {
    const random = randomStream(3, 'draws', n, p);
    const { mean, sd } = summarise(
      Array.from({ length: 20_000 }, () => drawBetaBinomial(n, p, dispersion, random)),
    );
    const variance = n * p * (1 - p) * (1 + ((n - 1) * dispersion) / (1 + dispersion));
    expect(Math.abs((mean ?? NaN) - n * p)).toBeLessThan(4 * Math.sqrt(variance / 20_000));
    expect(Math.abs((sd ?? NaN) ** 2 / variance - 1)).toBeLessThan(0.06);
  });

  it('are all or none at the ends', () => {
    const random = randomStream(3, 'draws');
    expect([drawBinomial(9, 0, random), drawBinomial(9, 1, random), drawBinomial(0, 0.5, random)]).toEqual([
      0, 9, 0,
    ]);
    expect(drawBetaBinomial(9, 0, 0.1, random)).toBe(0);
    expect(drawBetaBinomial(9, 1, 0.1, random)).toBe(9);
  });
});
