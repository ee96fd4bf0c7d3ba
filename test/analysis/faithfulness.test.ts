import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faithfulness } from '../../src/analysis/faithfulness.js';

const OPTIONS = { floor: 0.1, samples: 200, seed: 1, minPrompts: 3 };

const nls = fc.array(fc.tuple(fc.double({ min: -0.5, max: 0.3 }), fc.double({ min: 0.6, max: 1 })), {
  minLength: 3,
  maxLength: 20,
});

describe('faithfulness', () => {
  it('is 1 for the model, 0 for the empty circuit, and in proportion between', () => {
    fc.assert(
      fc.property(
        nls.filter((rows) => rows.every((row) => row.every(Number.isFinite))),
        (rows) => {
          const nlNone = rows.map(([none]) => none);
          const nlModel = rows.map(([, model]) => model);
          const between = (share: number): number[] =>
            rows.map(([none, model]) => none + share * (model - none));
          const of = (nl: number[]): ReturnType<typeof faithfulness> =>
            faithfulness({ nl, nlNone, nlModel }, OPTIONS);
          expect(of(nlModel)).toMatchObject({ faithfulness: 1, ciLow: 1, ciHigh: 1, ratioOfMeans: 1 });
          expect(of(nlNone)).toMatchObject({ faithfulness: 0, ciLow: 0, ciHigh: 0, ratioOfMeans: 0 });
          const quarter = of(between(0.25));
          expect(quarter.faithfulness).toBeCloseTo(0.25, 10);
          expect(quarter.ratioOfMeans).toBeCloseTo(0.25, 10);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('is the mean of ratios, beside the ratio of means', () => {
    const found = faithfulness(
      { nl: [0.5, 0.2, 0.9], nlNone: [0, 0.1, -0.1], nlModel: [1, 0.3, 0.9] },
      OPTIONS,
    );
    expect(found.faithfulness).toBeCloseTo((0.5 + 0.5 + 1) / 3, 12);
    expect(found.ratioOfMeans).toBeCloseTo(1.6 / 2.2, 12);
    expect(found.nlCircuit).toBeCloseTo(1.6 / 3, 12);
    expect(found.nlNone).toBeCloseTo(0, 12);
    expect(found.nlModel).toBeCloseTo(2.2 / 3, 12);
    expect(found).toMatchObject({ n: 3, belowFloor: 0, notFinite: 0, nullReason: null });
    expect(found.ciLow).toBeLessThan(found.faithfulness ?? NaN);
    expect(found.ciHigh).toBeGreaterThan(found.faithfulness ?? NaN);
  });

  it('leaves out and counts prompts below the floor or not finite', () => {
    const found = faithfulness(
      { nl: [0.5, 9, 0.6, 0.7, 1], nlNone: [0, 0.5, 0, 0, 0], nlModel: [1, 0.55, 1, 1, NaN] },
      OPTIONS,
    );
    expect(found.faithfulness).toBeCloseTo(0.6, 12);
    expect(found.nlCircuit).toBeCloseTo(10.8 / 4, 12);
    expect(found).toMatchObject({ n: 3, belowFloor: 1, notFinite: 1, nullReason: null });
  });

  it('takes a negative denominator for what it is', () => {
    const found = faithfulness({ nl: [0.4, 0.4, 0.4], nlNone: [1, 1, 1], nlModel: [0.2, 0.2, 0.2] }, OPTIONS);
    expect(found.faithfulness).toBeCloseTo(0.75, 12);
  });

  it.each([
    ['too few prompts', [0.5, 0.5], [0, 0], [1, 1], 'too_few_prompts'],
    ['too few of them finite', [0.5, 0.5, NaN], [0, 0, 0], [1, 1, 1], 'not_finite'],
    ['too few above the floor', [0.5, 0.5, 0.5], [0, 0, 1], [1, 1, 1.01], 'denominator_below_floor'],
    ['a mean that cancels out', [0, 0, 0, 0], [0, 0, 1, 1], [1, 1, 0, 0], 'denominator_below_floor'],
  ])('is null with a reason for %s', (_, nl, nlNone, nlModel, nullReason) => {
    const found = faithfulness({ nl, nlNone, nlModel }, OPTIONS);
    expect(found).toMatchObject({ faithfulness: null, ciLow: null, ciHigh: null, nullReason });
  });

  it('of no prompt is null throughout', () => {
    expect(faithfulness({ nl: [], nlNone: [], nlModel: [] }, OPTIONS)).toEqual({
      faithfulness: null,
      ciLow: null,
      ciHigh: null,
      ratioOfMeans: null,
      nlCircuit: null,
      nlNone: null,
      nlModel: null,
      n: 0,
      belowFloor: 0,
      notFinite: 0,
      nullReason: 'too_few_prompts',
    });
  });

  it('refuses NLs of different prompts', () => {
    expect(() => faithfulness({ nl: [1], nlNone: [0, 0], nlModel: [1] }, OPTIONS)).toThrow(RangeError);
  });
});
