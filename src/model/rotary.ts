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
 * Angle by which each pair of dimensions turns from one position to the next, in radians; scaled by parts where the
 * configuration says so (Llama 3.1): long waves by 1 / factor, short ones not at all, those between by a blend.
 * @returns [rotaryDims / 2]
 */
function rotaryFrequencies({ rotaryDims, rotaryBase, rotaryScaling: scaling }: ModelConfig): number[] {
  const plain = Array.from({ length: rotaryDims / 2 }, (_, i) => Math.pow(rotaryBase, (-2 * i) / rotaryDims));
  if (scaling === null) return plain;
  const { factor, lowFreqFactor, highFreqFactor, originalPositions } = scaling;
  return plain.map((frequency) => {
    const turns = (originalPositions * frequency) / (2 * Math.PI); // within the positions of the training
    const kept = Math.min(1, Math.max(0, (turns - lowFreqFactor) / (highFreqFactor - lowFreqFactor)));
    return frequency * (kept + (1 - kept) / factor);
  });
}

/**
 * Rotary embedding (Su et al. 2021) of the first `rotaryDims` of each head, in the rotate-half form:
 * dimension i turns together with i + rotaryDims / 2.
 * @param offset absolute position of the first of the positions
 * @param positions number of positions
 */
export function rotation(config: ModelConfig, offset: number, positions: number): Rotation {
  const { dHead, rotaryDims } = config;
  const pairs = rotaryDims / 2;
  const frequencies = rotaryFrequencies(config);
  const cos = new Float32Array(positions * dHead).fill(1);
  const sin = new Float32Array(positions * dHead);
  for (let p = 0; p < positions; p++)
    for (let i = 0; i < rotaryDims; i++) {
      const angle = (offset + p) * (frequencies[i % pairs] ?? 0);
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

/** The rotation of the last positions. */
export function lastTurns({ cos, sin, half }: Rotation, count: number): Rotation {
  const [positions = 0, , width = 0] = cos.shape;
  const last = (x: tf.Tensor): tf.Tensor =>
    count === positions ? x : tf.slice(x, [positions - count, 0, 0], [count, 1, width]);
  return { cos: last(cos), sin: last(sin), half };
}

/** Rotates queries or keys. @param x [batch, pos, head, d_head] */
export function rotate(x: tf.Tensor, { cos, sin, half }: Rotation): tf.Tensor {
  const [width = 0] = half.shape;
  const turned = tf.reshape(tf.matMul(tf.reshape(x, [-1, width]), half), x.shape);
  return tf.add(tf.mul(x, cos), tf.mul(turned, sin));
}

/**
 * The rotation by a number of positions as a matrix, to be multiplied from the right.
 * @param positions may be negative, which turns back
 * @returns [d_head, d_head]
 */
export function turnBy(config: ModelConfig, positions: number): tf.Tensor {
  const { cos, sin, half } = rotation(config, positions, 1);
  const columns = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [1, config.dHead]);
  return tf.add(tf.mul(tf.eye(config.dHead), columns(cos)), tf.mul(half, columns(sin)));
}
