import * as tf from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../domain/model-config.js';

/** What rotates queries and keys at some positions. */
export interface Rotation {
  /** [pos, 1, d_head]: cosines, 1 on the dimensions that are not rotated. */
  readonly cos: tf.Tensor;
  /** [pos, 1, d_head]: sines, 0 on the dimensions that are not rotated. */
  readonly sin: tf.Tensor;
  /** [d_head, d_head]: x times it is `rotate_half(x)`, 0 on the dimensions that are not rotated. */
  readonly half: tf.Tensor;
}

/**
 * Rotary embedding (Su et al. 2021) of the first `rotaryDims` of each head, in the rotate-half form of GPT-NeoX:
 * dimension i turns together with i + rotaryDims / 2.
 * @param offset absolute position of the first of the positions
 * @param positions number of positions
 */
export function rotation(config: ModelConfig, offset: number, positions: number): Rotation {
  const { dHead, rotaryDims, rotaryBase } = config;
  const pairs = rotaryDims / 2;
  const cos = new Float32Array(positions * dHead).fill(1);
  const sin = new Float32Array(positions * dHead);
  for (let p = 0; p < positions; p++)
    for (let i = 0; i < rotaryDims; i++) {
      const angle = (offset + p) * Math.pow(rotaryBase, (-2 * (i % pairs)) / rotaryDims);
      cos[p * dHead + i] = Math.cos(angle);
      sin[p * dHead + i] = Math.sin(angle);
    }
  const half = new Float32Array(dHead * dHead);
  for (let i = 0; i < pairs; i++) {
    half[(i + pairs) * dHead + i] = -1;
    half[i * dHead + i + pairs] = 1;
  }
  return {
    cos: tf.tensor(cos, [positions, 1, dHead]),
    sin: tf.tensor(sin, [positions, 1, dHead]),
    half: tf.tensor(half, [dHead, dHead]),
  };
}

/** Rotates queries or keys. @param x [batch, pos, head, d_head] */
export function rotate(x: tf.Tensor, { cos, sin, half }: Rotation): tf.Tensor {
  const [width = 0] = half.shape;
  const turned = tf.reshape(tf.matMul(tf.reshape(x, [-1, width]), half), x.shape);
  return tf.add(tf.mul(x, cos), tf.mul(turned, sin));
}
