import * as tf from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../domain/model-config.js';

type Heads = Pick<ModelConfig, 'nHeads' | 'nKvHeads' | 'dHead'>;

/** 1 where a dimension belongs to a head: a product with it sums by head. @returns [heads x d_head, head] */
export function headColumns({ nHeads, dHead }: Heads): tf.Tensor2D {
  const ones = new Float32Array(nHeads * dHead * nHeads);
  for (let row = 0; row < nHeads * dHead; row++) ones[row * nHeads + Math.floor(row / dHead)] = 1;
  return tf.tensor2d(ones, [nHeads * dHead, nHeads]);
}

/** Copies what heads share to each of them. @param x [n, kv head, ...] @returns [n, head, ...] */
export function expandHeads(x: tf.Tensor, { nHeads, nKvHeads }: Heads): tf.Tensor {
  if (nHeads === nKvHeads) return x;
  const [n = 0, , ...rest] = x.shape;
  const apart = tf.reshape(x, [n, nKvHeads, 1, ...rest]);
  const copies = tf.concat(
    Array.from({ length: nHeads / nKvHeads }, () => apart),
    2,
  );
  return tf.reshape(copies, [n, nHeads, ...rest]);
}

/**
 * Multiplies element-wise what belongs to each head by what belongs to the head of keys or values that it reads.
 * @param x [rows, heads x d_head]
 * @param y [rows, kv heads x d_head]
 * @returns [rows, heads x d_head]
 */
export function productsByHead(x: tf.Tensor, y: tf.Tensor, { nHeads, nKvHeads, dHead }: Heads): tf.Tensor {
  if (nHeads === nKvHeads) return tf.mul(x, y);
  const grouped = tf.reshape(x, [-1, nKvHeads, nHeads / nKvHeads, dHead]);
  return tf.reshape(tf.mul(grouped, tf.reshape(y, [-1, nKvHeads, 1, dHead])), x.shape);
}
