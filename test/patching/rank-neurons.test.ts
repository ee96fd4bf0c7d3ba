import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { summarise } from '../../src/analysis/summary.js';
import { scoreNeurons, topNeurons } from '../../src/patching/rank-neurons.js';

// Two pairs, three neurons.
const BY_PAIR = { effects: [1, 5, -2, 3, 4, -2], pairs: 2, rows: 'pair' } as const;
const BY_NEURON = { effects: [1, 3, 5, 4, -2, -2], pairs: 2, rows: 'neuron' } as const;

describe('scores of neurons', () => {
  it('are the mean, or the mean plus the unbiased standard deviation', () => {
    for (const effects of [BY_PAIR, BY_NEURON]) {
      expect([...(scoreNeurons(effects, 'mean') ?? [])]).toEqual([2, 4.5, -2]);
      const scores = scoreNeurons(effects) ?? [];
      [2 + Math.SQRT2, 4.5 + Math.SQRT1_2, -2].forEach((score, n) => {
        expect(scores[n]).toBeCloseTo(score, 14);
      });
    }
  });

  it('agree with the summary of each neuron, whichever of pairs and neurons runs faster', () => {
    const table = fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 2, max: 6 }))
      .chain(([neurons, pairs]) => {
        const row = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), {
          minLength: pairs,
          maxLength: pairs,
        });
        return fc.array(row, { minLength: neurons, maxLength: neurons });
      });
    fc.assert(
      fc.property(table, (rows) => {
        const pairs = rows[0]?.length ?? 0;
        const turned = Array.from({ length: pairs }, (_, pair) => rows.map((row) => row[pair] ?? NaN));
        const byNeuron = scoreNeurons({ effects: rows.flat(), pairs, rows: 'neuron' });
        expect(scoreNeurons({ effects: turned.flat(), pairs, rows: 'pair' })).toEqual(byNeuron);
        rows.forEach((row, neuron) => {
          const { mean, sd } = summarise(row);
          expect(byNeuron?.[neuron]).toBeCloseTo((mean ?? NaN) + (sd ?? NaN), 10);
        });
      }),
    );
  });

  it('are null where there are too few pairs', () => {
    expect(scoreNeurons({ effects: [1, 2, 3], pairs: 1, rows: 'pair' })).toBeNull();
    expect(scoreNeurons({ effects: [1, 2, 3], pairs: 1, rows: 'pair' }, 'mean')).toEqual(
      Float64Array.of(1, 2, 3),
    );
    expect(scoreNeurons({ effects: [], pairs: 0, rows: 'neuron' }, 'mean')).toBeNull();
  });
});

describe('top neurons', () => {
  it('come by score, then by index', () => {
    expect(topNeurons([0.5, 2, -1, 2, 0.5], 4)).toEqual([1, 3, 0, 4]);
    expect(topNeurons([1, 2], 9)).toEqual([1, 0]);
    expect(topNeurons(Float64Array.of(1, 2), 0)).toEqual([]);
    expect(() => topNeurons([1, NaN], 1)).toThrow(RangeError);
  });
});
