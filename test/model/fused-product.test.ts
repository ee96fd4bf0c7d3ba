import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { liveTensors, startEngine } from '../../src/model/engine.js';
import { fusedProduct, fuses } from '../../src/model/fused-product.js';
import { registerGradients } from '../../src/model/gradients.js';
import { gelu, linear, linearGelu } from '../../src/model/ops.js';
import { PRESENT_ENGINES } from '../support/engines.js';

/** Numbers of both signs, no two alike. */
function values(shape: number[], phase: number): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: size }, (_, i) => 2 * Math.sin(1.7 * i + phase));
  return tf.tensor(data, shape);
}

describe.each(PRESENT_ENGINES)('products with what follows them, on %s', (engine) => {
  it('are what their parts are one by one, fused or not', async () => {
    await startEngine(engine);
    const before = liveTensors();
    tf.tidy(() => {
      const [x, w, b] = [values([3, 5, 7], 0.2), values([7, 11], 1), values([11], 3)];
      const sum = tf.add(tf.reshape(tf.matMul(tf.reshape(x, [15, 7]), w), [3, 5, 11]), b);
      const pairs = [
        [linear(x, w, b), sum],
        [linearGelu(x, w, b), gelu(sum)],
        [linear(x, w, null), tf.sub(sum, b)],
      ] as const;
      for (const [found, wanted] of pairs) {
        expect(found.shape).toEqual(wanted.shape);
        expect(tf.max(tf.abs(tf.sub(found, wanted))).dataSync()[0]).toBeLessThan(1e-5);
      }
    });
    expect(liveTensors()).toBe(before);
  });

  it('are never fused where a gradient is wanted', async () => {
    await startEngine(engine);
    registerGradients();
    const [x, w, b] = [values([2, 3], 0.2), values([3, 4], 1), values([4], 3)];
    const seen: boolean[] = [];
    const grads = tf.tidy(() =>
      tf
        .grad((input: tf.Tensor) => {
          seen.push(fuses('bias'), fuses('gelu'));
          return linear(input, w, b);
        })(x)
        .dataSync(),
    );
    expect(seen).toEqual([false, false]);
    const rowSums = tf.sum(w, 1).dataSync();
    grads.forEach((value, i) => {
      expect(value).toBeCloseTo(rowSums[i % 3] ?? NaN, 5);
    });
  });

  it('cannot be asked for where the engine has none', async () => {
    await startEngine(engine);
    if (fuses('bias')) return;
    expect(() => fusedProduct('bias', values([2, 3], 0), values([3, 4], 1), values([4], 2))).toThrow(
      /BiasedMatMul/,
    );
  });
});
