import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { summarise } from '../../src/analysis/summary.js';
import { neuronStatistics, scoreNeurons, topNeurons } from '../../src/patching/rank-neurons.js';

// Two pairs, three neurons.
const BY_PAIR = { effects: [1, 5, -2, 3, 4, -2], pairs: 2, rows: 'pair' } as const;
const BY_NEURON = { effects: [1, 3, 5, 4, -2, -2], pairs: 2, rows: 'neuron' } as const;

describe('scores of neurons', () => {
  it.each([BY_PAIR, BY_NEURON])(
    'are the mean, or the mean plus the unbiased standard deviation',
    (effects) => {
      const statistics = neuronStatistics(effects) ?? { mean: new Float64Array(), sd: null };
      expect([...(scoreNeurons(statistics, 'mean') ?? [])]).toEqual([2, 4.5, -2]);
      const scores = scoreNeurons(statistics, 'mean+sd') ?? [];
      [2 + Math.SQRT2, 4.5 + Math.SQRT1_2, -2].forEach((score, n) => {
        expect(scores[n]).toBeCloseTo(score, 14);
      });
    },
  );

  it('rest on the summary of each neuron, whichever of pairs and neurons runs faster', () => {
    const table = fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 2, max: 6 }))
      .chain(([neurons, pairs]) => {
        const value = fc.double({ min: -50, max: 50, noNaN: true });
        const row = fc.array(value, { minLength: pairs, maxLength: pairs });
        return fc.array(row, { minLength: neurons, maxLength: neurons });
      });
    fc.assert(
      fc.property(table, (rows) => {
        const pairs = rows[0]?.length ?? 0;
        const turned = Array.from({ length: pairs }, (_, pair) => rows.map((row) => row[pair] ?? NaN));
        const byNeuron = neuronStatistics({ effects: rows.flat(), pairs, rows: 'neuron' });
        expect(neuronStatistics({ effects: turned.flat(), pairs, rows: 'pair' })).toEqual(byNeuron);
        rows.forEach((row, neuron) => {
          const { mean, sd } = summarise(row);
          expect(byNeuron?.mean[neuron]).toBeCloseTo(mean ?? NaN, 10);
          expect(byNeuron?.sd?.[neuron]).toBeCloseTo(sd ?? NaN, 10);
        });
      }),
    );
  });

  it('are null where there are too few pairs', () => {
    const one = neuronStatistics({ effects: [1, 2, 3], pairs: 1, rows: 'pair' });
    expect(one).toEqual({ mean: Float64Array.of(1, 2, 3), sd: null });
    expect(one && scoreNeurons(one, 'mean+sd')).toBeNull();
    expect(one && scoreNeurons(one, 'mean')).toEqual(Float64Array.of(1, 2, 3));
    expect(neuronStatistics({ effects: [], pairs: 0, rows: 'neuron' })).toBeNull();
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
