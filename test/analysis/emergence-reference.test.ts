import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareModels } from '../../src/analysis/emergence/compare.js';
import type { PlainModel } from '../../src/domain/emergence.js';
import { explainedByRise, isotonicRegression } from '../../src/analysis/emergence/isotonic.js';
import { digammaRise, logRising } from '../../src/analysis/emergence/log-gamma.js';
import { benjaminiHochberg, holm } from '../../src/analysis/emergence/multiple.js';
import { student975 } from '../../src/analysis/emergence/student.js';
import type { Trajectory } from '../../src/analysis/emergence/trajectory.js';
import { projectPath } from '../support/fixtures.js';

interface ReferenceFit {
  readonly parameters: readonly number[];
  readonly dispersion: number;
  readonly logLikelihood: number;
  readonly aicc: number;
  readonly weight: number;
}

interface Reference {
  readonly cases: readonly {
    readonly name: string;
    readonly trajectory: Trajectory;
    readonly fits: Readonly<Record<PlainModel, ReferenceFit>>;
  }[];
  readonly isotonic: readonly {
    readonly values: readonly number[];
    readonly weights: readonly number[];
    readonly fitted: readonly number[];
  }[];
  readonly pValues: readonly number[];
  readonly holm: readonly number[];
  readonly benjaminiHochberg: readonly number[];
  readonly gamma: readonly {
    readonly a: number;
    readonly k: number;
    readonly log: number;
    readonly slope: number;
  }[];
}

const reference = JSON.parse(
  readFileSync(projectPath('test/fixtures/emergence/reference.json'), 'utf8'),
) as Reference;

const MODELS = ['constant', 'line', 'power_law', 'change_point', 'logistic'] as const;

describe('model comparison', () => {
  describe.each(reference.cases)('of $name', ({ trajectory, fits }) => {
    const { models, plain } = compareModels(trajectory);

    it.each(MODELS)('fits the %s of SciPy', (model) => {
      const fit = models[model];
      const expected = fits[model];
      expect(Math.abs(fit.logLikelihood - expected.logLikelihood)).toBeLessThan(1e-6);
      expect(fit.parameters).toHaveLength(expected.parameters.length);
      // The time and rate of a rise between two steps are any that fit between them.
      const known = model === 'logistic' && plain.stepsInRise < 2 ? 2 : expected.parameters.length;
      for (const [i, value] of expected.parameters.slice(0, known).entries())
        expect(Math.abs((fit.parameters[i] ?? NaN) - value)).toBeLessThan(
          1e-4 * Math.max(Math.abs(value), 0.05),
        );
      // Below this the reference is binomial, and its dispersion any.
      if (fit.dispersion > 1e-6)
        expect(Math.abs(fit.dispersion / expected.dispersion - 1)).toBeLessThan(1e-4);
      else expect(expected.dispersion).toBeLessThan(1e-6);
      expect(fit.aicc).toBeCloseTo(expected.aicc, 5);
      expect(fit.weight).toBeCloseTo(expected.weight, 6);
    });
  });

  it('has weights that add up to 1', () => {
    for (const { trajectory } of reference.cases) {
      const { models } = compareModels(trajectory);
      expect(MODELS.reduce((sum, model) => sum + models[model].weight, 0)).toBeCloseTo(1, 12);
      expect(Math.min(...MODELS.map((model) => models[model].delta))).toBe(0);
    }
  });
});

describe('isotonic regression', () => {
  it.each(reference.isotonic)('of $values is that of SciPy', ({ values, weights, fitted }) => {
    const found = isotonicRegression(values, weights);
    for (const [i, value] of fitted.entries()) expect(found[i]).toBeCloseTo(value, 12);
  });

  it('explains of each beginning what its own fit does', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { maxLength: 30 }), (values) => {
        const explained = explainedByRise(Float64Array.from(values));
        values.forEach((_, i) => {
          const squares = isotonicRegression(values.slice(0, i + 1)).reduce((sum, x) => sum + x * x, 0);
          expect(explained[i]).toBeCloseTo(squares, 8);
        });
      }),
    );
  });
});

describe('adjusted p-values', () => {
  it('are those of statsmodels', () => {
    const { pValues, ...expected } = reference;
    holm(pValues).forEach((p, i) => expect(p).toBeCloseTo(expected.holm[i] ?? NaN, 14));
    benjaminiHochberg(pValues).forEach((p, i) =>
      expect(p).toBeCloseTo(expected.benjaminiHochberg[i] ?? NaN, 14),
    );
  });

  it('are of nothing for no tests, and refused for what is no p-value', () => {
    expect(holm([])).toEqual([]);
    expect(benjaminiHochberg([])).toEqual([]);
    expect(() => holm([0.2, NaN])).toThrow(RangeError);
    expect(() => benjaminiHochberg([1.2])).toThrow(RangeError);
  });
});

describe('special functions', () => {
  it.each(reference.gamma)('of $a and $k are those of SciPy', ({ a, k, log, slope }) => {
    // SciPy subtracts large numbers, and so loses digits of the difference.
    expect(Math.abs(logRising(a, k) - log)).toBeLessThan(1e-9 * Math.max(1, Math.abs(log)));
    expect(Math.abs(digammaRise(a, k) - slope)).toBeLessThan(1e-9 * Math.max(1, Math.abs(slope)));
  });

  // scipy.stats.t.ppf(0.975, freedom)
  it.each([
    [1, 12.706204736174694],
    [2, 4.302652729749462],
    [5, 2.5705818356363146],
    [24, 2.0638985616280245],
    [100, 1.9839715185235518],
  ])('quantile of t with %i degrees of freedom', (freedom, expected) => {
    expect(student975(freedom)).toBeCloseTo(expected, 10);
  });
});
