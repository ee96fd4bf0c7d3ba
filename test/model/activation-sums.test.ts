import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { OPERATORS } from '../../src/domain/operator.js';
import type { PromptTable } from '../../src/domain/prompt.js';
import {
  addSums,
  emptySums,
  meansOf,
  type ActivationMeans,
  type LayerActivations,
} from '../../src/model/activation-sums.js';
import { startEngine } from '../../src/model/engine.js';
import { forward } from '../../src/model/forward.js';
import type { Hook } from '../../src/model/hooks.js';
import { loadModel } from '../../src/model/load-model.js';
import type { Model } from '../../src/model/model.js';
import { promptIds } from '../../src/model/prompt-tokens.js';
import { activationSums, universePass } from '../../src/model/universe-pass.js';
import { complementPrompts } from '../../src/prompts/complement.js';
import { buildUniverse, selectPrompts } from '../../src/prompts/universe.js';
import { TINY, TINY_MODELS, randomWeights, tinyModel } from '../support/models.js';
import { TINY_TOKENS } from '../support/tiny-tokens.js';

beforeAll(async () => {
  await startEngine('wasm');
});

/** Means of plain passes: all five tokens of each prompt at once, nothing shared. */
function plainMeans(model: Model, tables: readonly PromptTable[]): ActivationMeans {
  const { nLayers } = model.config;
  const prompts = tables.flatMap(({ operator, op1, op2 }) =>
    Array.from(op1, (a, p) => ({ operator, op1: a, op2: op2[p] ?? NaN })),
  );
  const found: Record<'z' | 'mlp_post', Float64Array[]> = { z: [], mlp_post: [] };
  const hook: Hook = ({ name, layer }, value) => {
    if (layer === null || (name !== 'z' && name !== 'mlp_post')) return value;
    const values = value.dataSync();
    const first = layer === nLayers - 1 ? 4 : 0;
    const each = values.length / prompts.length;
    const skipped = (each / 5) * first;
    const mean = new Float64Array(each - skipped);
    values.forEach((x, i) => {
      const at = (i % each) - skipped;
      if (at >= 0) mean[at] = (mean[at] ?? 0) + x / prompts.length;
    });
    found[name].push(mean);
    return value;
  };
  tf.tidy(() => {
    const ids = promptIds(TINY_TOKENS, prompts);
    forward(model, tf.tensor2d(ids, [prompts.length, 5], 'int32'), { hook });
  });
  const means = found.z.map((z, layer): LayerActivations => ({
    firstPosition: layer === nLayers - 1 ? 4 : 0,
    z,
    mlpPost: found.mlp_post[layer] ?? new Float64Array(),
  }));
  return { prompts: prompts.length, means };
}

function largestDifference(a: ActivationMeans, b: ActivationMeans): number {
  expect(a.prompts).toBe(b.prompts);
  const flat = ({ means }: ActivationMeans): number[] =>
    means.flatMap(({ firstPosition, z, mlpPost }) => [firstPosition, ...z, ...mlpPost]);
  const [x, y] = [flat(a), flat(b)];
  expect(x).toHaveLength(y.length);
  expect(new Set(y).size).toBeGreaterThan(50);
  return x.reduce((most, value, i) => Math.max(most, Math.abs(value - (y[i] ?? NaN))), 0);
}

describe.each(TINY_MODELS)('mean activations of %s', (_, config) => {
  it('over all operand pairs are those of plain passes', async () => {
    const { model, dispose } = loadModel(config, randomWeights(config, 5));
    const before = tf.memory().numTensors;
    const universes = OPERATORS.map((operator) => buildUniverse(operator, 6, 9));
    const others = OPERATORS.map((operator) => complementPrompts(operator, 6, 9));
    expect(others.map(({ count }) => count)).toEqual([1, 15, 10, 6]);
    const sums = [];
    for (const table of universes) {
      const pass = await universePass(model, TINY_TOKENS, table, { layers: [], batch: 10, sums: true });
      if (pass.sums !== null) sums.push(pass.sums);
    }
    for (const table of others) sums.push(await activationSums(model, TINY_TOKENS, table, { batch: 4 }));
    expect(tf.memory().numTensors).toBe(before);
    const means = meansOf(addSums(sums));
    expect(means.prompts).toBe(4 * 36);
    expect(largestDifference(means, plainMeans(model, [...universes, ...others]))).toBeLessThan(1e-5);
    dispose();
  });

  it('do not depend on batches, order or which prompts share op1', async () => {
    const { model, dispose } = loadModel(config, randomWeights(config, 6));
    const universe = buildUniverse('+', 7, 12);
    const indices = fc.array(fc.nat(universe.count - 1), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(indices, fc.integer({ min: 1, max: 40 }), async (chosen, batch) => {
        const table = selectPrompts(universe, chosen);
        const sums = await activationSums(model, TINY_TOKENS, table, { batch });
        expect(largestDifference(meansOf(sums), plainMeans(model, [table]))).toBeLessThan(1e-5);
      }),
      { numRuns: 15 },
    );
    dispose();
  });
});

describe('sums of activations', () => {
  it('are not made unless asked for, and change nothing else', async () => {
    const { model, dispose } = tinyModel(7);
    const universe = buildUniverse('-', 8, 14);
    const [without, including] = [
      await universePass(model, TINY_TOKENS, universe, { layers: [] }),
      await universePass(model, TINY_TOKENS, universe, { layers: [], sums: true }),
    ];
    expect(without.sums).toBeNull();
    expect(including.sums?.prompts).toBe(universe.count);
    expect(including.predicted).toEqual(without.predicted);
    dispose();
  });

  it('of no prompt are zeros without means', async () => {
    const { model, dispose } = tinyModel(7);
    const none = complementPrompts('+', 3, 14);
    expect(none.count).toBe(0);
    const sums = await activationSums(model, TINY_TOKENS, none);
    expect(sums).toEqual(emptySums(TINY));
    expect(() => meansOf(sums)).toThrow(RangeError);
    expect(() => addSums([])).toThrow(RangeError);
    dispose();
  });

  it('free everything when they are stopped', async () => {
    const { model, dispose } = tinyModel(7);
    const before = tf.memory().numTensors;
    let batches = 0;
    const onBatch = (): Promise<void> =>
      ++batches === 2 ? Promise.reject(new Error('stop')) : Promise.resolve();
    const pass = activationSums(model, TINY_TOKENS, buildUniverse('+', 8, 14), { batch: 10, onBatch });
    await expect(pass).rejects.toThrow('stop');
    expect(tf.memory().numTensors).toBe(before);
    dispose();
  });
});
