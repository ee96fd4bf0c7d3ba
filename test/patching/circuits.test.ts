import { describe, expect, it } from 'vitest';
import { layerIndex, neuronIndex } from '../../src/domain/ids.js';
import type { HeadId } from '../../src/patching/circuit.js';
import {
  emptyCircuit,
  headCurve,
  modelCircuit,
  neuronCurve,
  neuronSetCircuit,
} from '../../src/patching/circuits.js';

const head = (layer: number, index: number): HeadId => ({ layer: layerIndex(layer), head: index });
const RANKING = [head(1, 2), head(0, 0), head(1, 0), head(2, 1)];
const NEURONS = new Map([
  [layerIndex(1), [7, 3, 5].map(neuronIndex)],
  [layerIndex(2), [0, 9].map(neuronIndex)],
]);

describe('circuits', () => {
  it('of everything and of nothing', () => {
    expect(modelCircuit(2).circuit.layers).toEqual([
      { heads: 'all', neurons: 'all' },
      { heads: 'all', neurons: 'all' },
    ]);
    expect(emptyCircuit(2).circuit.layers).toEqual([
      { heads: [], neurons: [] },
      { heads: [], neurons: [] },
    ]);
  });

  it('of the best heads keep all MLPs', () => {
    const curve = headCurve({ nLayers: 3, ranking: RANKING, counts: [0, 3], derived: 'reference' });
    expect(curve.map(({ circuit }) => circuit.layers.map(({ heads }) => heads))).toEqual([
      [[], [], []],
      [[0], [2, 0], []],
    ]);
    expect(curve.flatMap(({ circuit }) => circuit.layers.map(({ neurons }) => neurons))).toEqual(
      Array.from({ length: 6 }, () => 'all'),
    );
    expect(curve[1]).toMatchObject({
      name: '3 heads',
      kind: 'heads',
      derived: 'reference',
      heads: 3,
      neuronsPerLayer: null,
      neurons: null,
    });
  });

  it('of more heads than there are occur once, under their true number', () => {
    const curve = headCurve({ nLayers: 3, ranking: RANKING, counts: [1, 4, 6, 20], derived: 'here' });
    expect(curve.map(({ name }) => name)).toEqual(['1 head', '4 heads']);
  });

  it('of the best neurons keep the MLPs of other layers whole', () => {
    const heads = RANKING.slice(0, 2);
    const curve = neuronCurve({ nLayers: 3, heads, ranking: NEURONS, ks: [1, 3], derived: 'here' });
    expect(curve.map(({ circuit }) => circuit.layers.map(({ neurons }) => neurons))).toEqual([
      ['all', [7], [0]],
      ['all', [7, 3, 5], [0, 9]],
    ]);
    expect(curve[0]?.circuit.layers.map((layer) => layer.heads)).toEqual([[0], [2], []]);
    expect(curve[1]).toMatchObject({
      name: '2 heads, 3 neurons per layer',
      kind: 'neurons',
      heads: 2,
      neuronsPerLayer: 3,
      neurons: 5,
    });
  });

  it('of a set of neurons keep those alone in the heuristic layers', () => {
    const layer = layerIndex(2);
    const named = neuronSetCircuit({
      nLayers: 3,
      heads: 'all',
      derived: 'here',
      kind: 'mutual_neurons',
      heuristicLayers: [layerIndex(1), layer],
      neurons: [4, 8, 4].map((neuron) => ({ layer, neuron: neuronIndex(neuron) })),
    });
    expect(named.circuit.layers).toEqual([
      { heads: 'all', neurons: 'all' },
      { heads: 'all', neurons: [] },
      { heads: 'all', neurons: [4, 8] },
    ]);
    expect(named).toMatchObject({ name: 'all heads, mutual neurons', heads: null, neurons: 2 });
  });

  it('refuse neurons of layers that are kept whole, and numbers that count nothing', () => {
    const options = { nLayers: 3, heads: RANKING, derived: 'here' as const };
    expect(() =>
      neuronSetCircuit({
        ...options,
        kind: 'heuristic_neurons',
        heuristicLayers: [layerIndex(2)],
        neurons: [{ layer: layerIndex(1), neuron: neuronIndex(0) }],
      }),
    ).toThrow(RangeError);
    expect(() => headCurve({ nLayers: 3, ranking: RANKING, counts: [-1], derived: 'here' })).toThrow(
      RangeError,
    );
    expect(() => neuronCurve({ ...options, ranking: NEURONS, ks: [1.5] })).toThrow(RangeError);
  });
});
