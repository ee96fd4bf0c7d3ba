import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { layerIndex, neuronIndex, type NeuronId } from '../../src/domain/ids.js';
import type { ModelConfig } from '../../src/domain/model-config.js';
import { liveTensors, startEngine } from '../../src/model/engine.js';
import { loadModel } from '../../src/model/load-model.js';
import type { Block, Model } from '../../src/model/model.js';
import { attributeNeurons } from '../../src/patching/attribution.js';
import { exactNeuronEffects } from '../../src/patching/exact-effects.js';
import type { RawTensor } from '../../src/weights/tensor-source.js';
import { TINY_MODELS, randomWeights } from '../support/models.js';
import { TINY_PAIRS, TINY_TOKENS, bruteForce, neuronChanges, nudged } from './brute-force.js';

await startEngine('wasm');

const PAIRS = TINY_PAIRS.length;
const LAYERS = [layerIndex(0), layerIndex(1), layerIndex(2)];
/** At the last position layer 0 of a parallel model sees the same in both runs: its neurons have no effect. */
const TELLING = LAYERS.slice(1);

function allNeurons({ dMlp }: ModelConfig): NeuronId[] {
  return LAYERS.flatMap((layer) =>
    Array.from({ length: dMlp }, (_, neuron) => ({ layer, neuron: neuronIndex(neuron) })),
  );
}

/** Attribution in the order of exact effects: [layers x neurons x pairs]. */
async function attributed(model: Model): Promise<number[]> {
  const layers = await attributeNeurons(model, TINY_TOKENS, TINY_PAIRS, { layers: LAYERS });
  return layers.flatMap(({ effects }) => {
    const width = effects.length / PAIRS;
    return Array.from(effects, (_, i) => effects[(i % PAIRS) * width + Math.floor(i / PAIRS)] ?? NaN);
  });
}

/** In units of the largest value. */
function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  const scale = Array.from(b).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(scale).toBeGreaterThan(0.01);
  const most = Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0);
  return most / scale;
}

/** The same model with two neurons of one layer in each other's place. */
function swapped(
  config: ModelConfig,
  weights: ReadonlyMap<string, RawTensor>,
  layer: number,
  pair: readonly [number, number],
): Map<string, RawTensor> {
  const place = (n: number): number => (n === pair[0] ? pair[1] : n === pair[1] ? pair[0] : n);
  return new Map(
    [...weights].map(([name, { shape, data }]) => {
      const axis = name.startsWith(`blocks.${layer}.`) ? shape.indexOf(config.dMlp) : -1;
      if (axis < 0) return [name, { shape, data }];
      const stride = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
      const moved = data.map((_, i) => {
        const n = Math.floor(i / stride) % config.dMlp;
        return data[i + (place(n) - n) * stride] ?? NaN;
      });
      return [name, { shape, data: moved }];
    }),
  );
}

/** The same model without norms, and with blocks above a layer that add nothing. */
function linearAbove(model: Model, layer: number): Model {
  const silent = (block: Block): Block => ({
    ...block,
    o: { w: tf.zerosLike(block.o.w), b: null },
    out: { w: tf.zerosLike(block.out.w), b: null },
  });
  return {
    ...model,
    standardise: (x) => x,
    blocks: model.blocks.map((block, l) => (l > layer ? silent(block) : block)),
  };
}

describe.each(TINY_MODELS)('effects of neurons of a small %s', (_name, tiny) => {
  const config = { ...tiny, nLayers: LAYERS.length };
  const weights = randomWeights(config, 5);
  const { model } = loadModel(config, weights);
  const neurons = allNeurons(config);

  it('exactly, are those of whole passes with one value replaced', async () => {
    for (const form of ['logit', 'E'] as const) {
      const found = await exactNeuronEffects(model, TINY_TOKENS, TINY_PAIRS, neurons, { form });
      const expected = neurons.flatMap(({ layer, neuron }) => {
        const site = { name: 'mlp_post', layer, position: 4, index: neuron } as const;
        return bruteForce(model, TINY_TOKENS, TINY_PAIRS, site)[form === 'E' ? 'paper' : 'logit'];
      });
      expect(largestDifference(found, expected)).toBeLessThan(2e-5);
    }
  });

  it('by attribution, are the change times the slope of exact patching', async () => {
    const h = 0.02;
    const shares = neurons.map(({ layer, neuron }) => {
      const [up, down] = [h, -h].map((by) => nudged(model, TINY_TOKENS, TINY_PAIRS, { layer, neuron, by }));
      return TINY_PAIRS.map((_, pair) => ((up?.[pair] ?? NaN) - (down?.[pair] ?? NaN)) / (2 * h));
    });
    const recorded = neuronChanges(model, TINY_TOKENS, TINY_PAIRS);
    const expected = shares.flatMap((slopes, row) =>
      slopes.map((slope, pair) => slope * (recorded[row]?.[pair] ?? NaN)),
    );
    expect(largestDifference(await attributed(model), expected)).toBeLessThan(1e-3);
  });

  it('by attribution, are exact where the rest of the model is linear', async () => {
    for (const layer of TELLING) {
      const linear = linearAbove(model, layer);
      const own = neurons.filter((id) => id.layer === layer);
      const exact = await exactNeuronEffects(linear, TINY_TOKENS, TINY_PAIRS, own);
      const all = await attributed(linear);
      expect(largestDifference(all.slice(layer * exact.length).slice(0, exact.length), exact)).toBeLessThan(
        1e-5,
      );
    }
    // And only there.
    const curved = await exactNeuronEffects(model, TINY_TOKENS, TINY_PAIRS, neurons);
    expect(largestDifference(await attributed(model), curved)).toBeGreaterThan(1e-3);
  });

  it('change places with their weights', async () => {
    const [a, b] = [2, 7];
    for (const layer of TELLING) {
      const other = loadModel(config, swapped(config, weights, layer, [a, b])).model;
      const rows = neurons.map((id, row) => {
        const moved = id.layer === layer && (id.neuron === a || id.neuron === b);
        return moved ? row + (id.neuron === a ? b - a : a - b) : row;
      });
      const inPlace = (values: ArrayLike<number>): number[] =>
        rows.flatMap((row) => Array.from({ length: PAIRS }, (_, pair) => values[row * PAIRS + pair] ?? NaN));
      const exact = await exactNeuronEffects(model, TINY_TOKENS, TINY_PAIRS, neurons);
      const exactOther = await exactNeuronEffects(other, TINY_TOKENS, TINY_PAIRS, neurons);
      expect(largestDifference(inPlace(exactOther), exact)).toBeLessThan(2e-5);
      expect(largestDifference(exactOther, exact)).toBeGreaterThan(1e-2);
      expect(largestDifference(inPlace(await attributed(other)), await attributed(model))).toBeLessThan(2e-5);
    }
  });

  it('do not depend on batches, on other layers or on the order of neurons', async () => {
    const exact = await exactNeuronEffects(model, TINY_TOKENS, TINY_PAIRS, neurons);
    for (const batch of [1, 3, 12]) {
      const parts = await exactNeuronEffects(model, TINY_TOKENS, TINY_PAIRS, neurons.toReversed(), { batch });
      const sorted = neurons.flatMap((_, row) => [
        ...parts.subarray((neurons.length - 1 - row) * PAIRS, (neurons.length - row) * PAIRS),
      ]);
      expect(largestDifference(sorted, exact)).toBeLessThan(2e-5);
    }
    const attribute = (layers: typeof LAYERS, batch = 1000): ReturnType<typeof attributeNeurons> =>
      attributeNeurons(model, TINY_TOKENS, TINY_PAIRS, { layers, batch });
    const inOrder = await attribute(LAYERS);
    expect((await attribute(LAYERS.toReversed())).toReversed()).toEqual(inOrder);
    for (const layer of TELLING) {
      const [alone] = await attribute([layer], 2);
      expect(alone?.layer).toBe(layer);
      expect(largestDifference(alone?.effects ?? [], inOrder[layer]?.effects ?? [])).toBeLessThan(2e-5);
    }
  });

  it('leave no tensor behind, also when stopped', async () => {
    const before = liveTensors();
    await exactNeuronEffects(model, TINY_TOKENS, TINY_PAIRS, neurons, { batch: 20 });
    await attributeNeurons(model, TINY_TOKENS, TINY_PAIRS, { layers: LAYERS, batch: 2 });
    expect(liveTensors()).toBe(before);
    for (const stop of [1, 2, 4]) {
      let left = stop;
      const options = {
        batch: 2,
        onBatch: (): Promise<void> => (--left > 0 ? Promise.resolve() : Promise.reject(new Error('stopped'))),
      };
      await expect(exactNeuronEffects(model, TINY_TOKENS, TINY_PAIRS, neurons, options)).rejects.toThrow(
        'stopped',
      );
      expect(liveTensors()).toBe(before);
    }
    const outside = [{ layer: layerIndex(0), neuron: neuronIndex(config.dMlp) }];
    await expect(exactNeuronEffects(model, TINY_TOKENS, TINY_PAIRS, outside)).rejects.toThrow(RangeError);
    const above = { layers: [layerIndex(config.nLayers)] };
    await expect(attributeNeurons(model, TINY_TOKENS, TINY_PAIRS, above)).rejects.toThrow(RangeError);
    expect(liveTensors()).toBe(before);
  });

  it('of nothing are nothing', async () => {
    expect(await exactNeuronEffects(model, TINY_TOKENS, TINY_PAIRS, [])).toHaveLength(0);
    expect(await exactNeuronEffects(model, TINY_TOKENS, [], neurons)).toHaveLength(0);
    const [none] = await attributeNeurons(model, TINY_TOKENS, [], { layers: LAYERS });
    expect(none).toEqual({ layer: 0, effects: new Float32Array() });
  });
});
