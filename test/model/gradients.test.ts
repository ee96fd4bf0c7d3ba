import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { layerIndex } from '../../src/domain/ids.js';
import { startEngine } from '../../src/model/engine.js';
import { forward, type ResidualStart } from '../../src/model/forward.js';
import { registerGradients } from '../../src/model/gradients.js';
import type { Hook } from '../../src/model/hooks.js';
import { bindModel } from '../../src/model/load-model.js';
import { crossEntropy, gelu, normalise, rmsNormalise, silu } from '../../src/model/ops.js';
import { TINY, TINY_LLAMA, TINY_MODELS, randomWeights, tinyModel } from '../support/models.js';

beforeAll(async () => {
  await startEngine('wasm');
  registerGradients();
});

/** Largest difference between a gradient and central differences, relative to the largest central difference. */
function differenceFromFinite(
  f: (x: tf.Tensor) => tf.Tensor,
  at: Float32Array,
  shape: number[],
  h: number,
): number {
  return tf.tidy(() => {
    const gradient = tf.grad(f)(tf.tensor(at, shape)).dataSync();
    let worst = 0;
    let scale = 0;
    for (let i = 0; i < at.length; i++) {
      const nudged = (by: number): number => {
        const moved = Float32Array.from(at);
        moved[i] = (at[i] ?? 0) + by;
        return f(tf.tensor(moved, shape)).dataSync()[0] ?? NaN;
      };
      const finite = (nudged(h) - nudged(-h)) / (2 * h);
      worst = Math.max(worst, Math.abs(finite - (gradient[i] ?? NaN)));
      scale = Math.max(scale, Math.abs(finite));
    }
    expect(scale).toBeGreaterThan(0);
    return worst / scale;
  });
}

const TOKENS = [
  [1, 4, 9, 4],
  [3, 2, 2, 7],
];

const values = Float32Array.of(0.3, -1.2, 2.1, 0.05, -0.7, 1.4);
/** A weighted sum by a product, as the loss of a training has it. */
function weighted(y: tf.Tensor): tf.Tensor {
  const weights = [1, -2, 0.5, 3, 1, -1, 2, -0.7].slice(0, y.size);
  return tf.reshape(tf.matMul(tf.reshape(y, [1, y.size]), tf.tensor2d(weights, [y.size, 1])), []);
}

describe('gradients against finite differences', () => {
  it.each([
    ['normalise', (x: tf.Tensor) => weighted(normalise(x, 1e-5))],
    ['rmsNormalise', (x: tf.Tensor) => weighted(rmsNormalise(x, 1e-2))],
    ['silu', (x: tf.Tensor) => weighted(silu(x))],
    ['gated product', (x: tf.Tensor) => weighted(tf.mul(silu(x), tf.mul(x, 0.7)))],
    ['gelu', (x: tf.Tensor) => weighted(gelu(x))],
    ['softmax', (x: tf.Tensor) => weighted(tf.softmax(x))],
    ['slice', (x: tf.Tensor) => weighted(tf.slice(x, [0, 1], [2, 2]))],
    ['transposed product', (x: tf.Tensor) => weighted(tf.matMul(x, tf.mul(x, 2), false, true))],
    [
      'broadcast',
      (x: tf.Tensor) => weighted(tf.mul(tf.add(x, tf.slice(x, [0, 0], [2, 1])), tf.slice(x, [1, 0], [1, 3]))),
    ],
    ['difference', (x: tf.Tensor) => weighted(tf.sub(x, tf.mul(tf.slice(x, [0, 1], [2, 1]), x)))],
    ['concatenation', (x: tf.Tensor) => weighted(tf.concat([tf.slice(x, [0, 1], [2, 1]), silu(x)], 1))],
    ['sum over one axis', (x: tf.Tensor) => weighted(tf.sum(tf.mul(x, x), -1))],
    ['sum over another', (x: tf.Tensor) => weighted(tf.sum(tf.mul(x, x), [0], true))],
    ['sum over all', (x: tf.Tensor) => tf.sum(tf.mul(x, silu(x)))],
    ['cross-entropy', (x: tf.Tensor) => crossEntropy(x, tf.tensor1d([2, 0], 'int32'))],
  ])('%s', (_name, f) => {
    expect(differenceFromFinite(f, values, [2, 3], 1e-2)).toBeLessThan(2e-3);
  });

  it.each([
    ['W_E', TINY],
    ['blocks.0.W_QKV', TINY],
    ['blocks.0.b_QKV', TINY],
    ['blocks.1.ln1.w', TINY],
    ['blocks.0.W_O', TINY],
    ['blocks.1.W_in', TINY],
    ['blocks.1.b_in', TINY],
    ['blocks.0.W_out', TINY],
    ['ln_final.b', TINY],
    ['W_U', TINY],
    ['blocks.0.W_K', TINY_LLAMA],
    ['blocks.0.b_Q', TINY_LLAMA],
    ['blocks.0.b_V', TINY_LLAMA],
    ['blocks.1.ln1.w', TINY_LLAMA],
    ['blocks.0.ln2.w', TINY_LLAMA],
    ['blocks.1.W_gate', TINY_LLAMA],
    ['blocks.0.b_in', TINY_LLAMA],
    ['ln_final.w', TINY_LLAMA],
  ] as const)('the loss by %s', (name, config) => {
    const weights = randomWeights(config, 5);
    const own = weights.get(name);
    if (own === undefined) throw new Error(name);
    const loss = (x: tf.Tensor): tf.Tensor => {
      const model = bindModel(config, (key) => {
        const raw = weights.get(key);
        return key === name || raw === undefined ? x : tf.tensor(raw.data, [...raw.shape]);
      });
      const { logits } = forward(model, tf.tensor2d(TOKENS, [2, 4], 'int32'), { positions: 'last' });
      if (logits === null) throw new Error('no logits');
      return crossEntropy(tf.reshape(logits, [2, config.dVocab]), tf.tensor1d([5, 11], 'int32'));
    };
    expect(differenceFromFinite(loss, own.data, [...own.shape], 1e-2)).toBeLessThan(1e-2);
  });

  it('leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    differenceFromFinite((x) => weighted(gelu(x)), values, [2, 3], 1e-2);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe.each(TINY_MODELS)('the logit difference of a %s', (_name, config) => {
  /** Keys and values of two positions, stored in reverse, and the residual of the two after them at a layer. */
  function started(
    layer: number,
    use: (
      difference: (start: ResidualStart, hook?: Hook) => tf.Tensor,
      start: { resid: Float32Array; post: Float32Array },
    ) => void,
  ): void {
    const { model, dispose } = tinyModel(9, config);
    tf.tidy(() => {
      const tokens = tf.tensor2d(TOKENS, [2, 4], 'int32');
      const { cache } = forward(model, tf.reverse(tf.slice(tokens, [0, 0], [2, 2]), 0), { output: 'none' });
      const prefix = { cache, rows: tf.tensor1d([1, 0], 'int32') };
      const sign = tf.sub(
        tf.oneHot(tf.tensor1d([3, 7], 'int32'), config.dVocab),
        tf.oneHot(tf.tensor1d([8, 2], 'int32'), config.dVocab),
      );
      const seen = new Map<string, Float32Array>();
      forward(model, tf.slice(tokens, [0, 2], [2, 2]), {
        prefix,
        hook: (point, value) => {
          if (point.layer === layer) seen.set(point.name, Float32Array.from(value.dataSync()));
          return value;
        },
      });
      use(
        (start, hook) => {
          const options = { prefix, positions: 'last', ...(hook === undefined ? {} : { hook }) } as const;
          const { logits } = forward(model, start, options);
          if (logits === null) throw new Error('no logits');
          return tf.sum(tf.mul(tf.reshape(logits, [2, config.dVocab]), sign));
        },
        {
          resid: seen.get('resid_pre') ?? new Float32Array(),
          post: seen.get('mlp_post') ?? new Float32Array(),
        },
      );
    });
    dispose();
  }

  it.each([0, 1])('by resid_pre of layer %i, behind a cached prefix', (layer) => {
    const before = tf.memory().numTensors;
    started(layer, (difference, { resid }) => {
      const byResid = (x: tf.Tensor): tf.Tensor => difference({ layer: layerIndex(layer), resid: x });
      expect(differenceFromFinite(byResid, resid, [2, 2, config.dModel], 1e-2)).toBeLessThan(1e-2);
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([0, 1])('by mlp_post of layer %i at the last position, the pass begun at that layer', (layer) => {
    started(layer, (difference, { resid, post }) => {
      const shape = [2, 2, config.dMlp];
      const last = post.filter((_, i) => Math.floor(i / config.dMlp) % 2 === 1);
      const byPost = (x: tf.Tensor): tf.Tensor =>
        tf.tidy(() => {
          const start = { layer: layerIndex(layer), resid: tf.tensor(resid, [2, 2, config.dModel]) };
          return difference(start, ({ name, layer: at }, value) => {
            if (name !== 'mlp_post' || at !== layer) return value;
            if (value.shape[1] === 1) return x;
            expect(value.shape).toEqual(shape);
            return tf.concat([tf.slice(value, [0, 0, 0], [2, 1, config.dMlp]), x], 1);
          });
        });
      expect(differenceFromFinite(byPost, last, [2, 1, config.dMlp], 1e-2)).toBeLessThan(1e-2);
    });
  });
});
