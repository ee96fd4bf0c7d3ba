import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startEngine } from '../../src/model/engine.js';
import { forward } from '../../src/model/forward.js';
import { bindGptNeox } from '../../src/model/gpt-neox.js';
import { registerGradients } from '../../src/model/gradients.js';
import { crossEntropy, gelu, normalise } from '../../src/model/ops.js';
import { TINY, randomWeights } from '../support/models.js';

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

const values = Float32Array.of(0.3, -1.2, 2.1, 0.05, -0.7, 1.4);
/** A weighted sum by a product, the only reduction whose gradient the models need. */
function weighted(y: tf.Tensor): tf.Tensor {
  const weights = [1, -2, 0.5, 3, 1, -1].slice(0, y.size);
  return tf.reshape(tf.matMul(tf.reshape(y, [1, y.size]), tf.tensor2d(weights, [y.size, 1])), []);
}

describe('gradients against finite differences', () => {
  it.each([
    ['normalise', (x: tf.Tensor) => weighted(normalise(x, 1e-5))],
    ['gelu', (x: tf.Tensor) => weighted(gelu(x))],
    ['softmax', (x: tf.Tensor) => weighted(tf.softmax(x))],
    ['slice', (x: tf.Tensor) => weighted(tf.slice(x, [0, 1], [2, 2]))],
    ['transposed product', (x: tf.Tensor) => weighted(tf.matMul(x, tf.mul(x, 2), false, true))],
    [
      'broadcast',
      (x: tf.Tensor) => weighted(tf.mul(tf.add(x, tf.slice(x, [0, 0], [2, 1])), tf.slice(x, [1, 0], [1, 3]))),
    ],
    ['cross-entropy', (x: tf.Tensor) => crossEntropy(x, tf.tensor1d([2, 0], 'int32'))],
  ])('%s', (_name, f) => {
    expect(differenceFromFinite(f, values, [2, 3], 1e-2)).toBeLessThan(2e-3);
  });

  it.each([
    'W_E',
    'blocks.0.W_QKV',
    'blocks.0.b_QKV',
    'blocks.1.ln1.w',
    'blocks.0.W_O',
    'blocks.1.W_in',
    'blocks.1.b_in',
    'blocks.0.W_out',
    'ln_final.b',
    'W_U',
  ])('the loss by %s', (name) => {
    const weights = randomWeights(TINY, 5);
    const own = weights.get(name);
    if (own === undefined) throw new Error(name);
    const loss = (x: tf.Tensor): tf.Tensor => {
      const model = bindGptNeox(TINY, (key) => {
        const raw = weights.get(key);
        return key === name || raw === undefined ? x : tf.tensor(raw.data, [...raw.shape]);
      });
      const tokens = tf.tensor2d(
        [
          [1, 4, 9, 4],
          [3, 2, 2, 7],
        ],
        [2, 4],
        'int32',
      );
      const { logits } = forward(model, tokens, { positions: 'last' });
      if (logits === null) throw new Error('no logits');
      return crossEntropy(tf.reshape(logits, [2, TINY.dVocab]), tf.tensor1d([5, 11], 'int32'));
    };
    expect(differenceFromFinite(loss, own.data, [...own.shape], 1e-2)).toBeLessThan(1e-2);
  });

  it('leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    differenceFromFinite((x) => weighted(gelu(x)), values, [2, 3], 1e-2);
    expect(tf.memory().numTensors).toBe(before);
  });
});
