import * as tf from '@tensorflow/tfjs-core';
import { differentiable, savedTensor } from './differentiable.js';
import { fusedProduct, fuses } from './fused-product.js';
import type { Gain, Projection } from './model.js';

/**
 * Standardises the last axis: (x - mean) / sqrt(variance + eps), without gain and bias (Ba et al. 2016).
 * @param x [..., d]
 * @returns [..., d]
 */
export function normalise(x: tf.Tensor, eps: number): tf.Tensor {
  return standardise(x, eps, (y) => tf.sub(y, tf.mean(y, -1, true)));
}

/**
 * Scales the last axis: x / sqrt(mean of squares + eps), without gain (Zhang and Sennrich 2019).
 * @param x [..., d]
 * @returns [..., d]
 */
export function rmsNormalise(x: tf.Tensor, eps: number): tf.Tensor {
  return standardise(x, eps, (y) => y);
}

/** @param centre what happens before the scaling; a projection, so that its gradient is itself */
function standardise(x: tf.Tensor, eps: number, centre: (y: tf.Tensor) => tf.Tensor): tf.Tensor {
  return differentiable(x, (input) => {
    const centred = centre(input);
    const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), eps));
    const value = tf.mul(centred, scale);
    return {
      value,
      saved: [value, scale],
      backward: (dy, saved) => {
        const y = savedTensor(saved, 0);
        const along = tf.mul(y, tf.mean(tf.mul(dy, y), -1, true));
        return tf.mul(savedTensor(saved, 1), tf.sub(centre(dy), along));
      },
    };
  });
}

/**
 * Exact GELU, x * Phi(x), by the error function (Hendrycks and Gimpel 2016; Pythia's `hidden_act: gelu`).
 * @param x any shape
 */
export function gelu(x: tf.Tensor): tf.Tensor {
  return differentiable(x, (input) => {
    const phi = tf.mul(tf.add(tf.erf(tf.mul(input, Math.SQRT1_2)), 1), 0.5);
    return {
      value: tf.mul(input, phi),
      saved: [input, phi],
      backward: (dy, saved) => {
        const h = savedTensor(saved, 0);
        const density = tf.mul(tf.exp(tf.mul(tf.square(h), -0.5)), 1 / Math.sqrt(2 * Math.PI));
        return tf.mul(dy, tf.add(savedTensor(saved, 1), tf.mul(h, density)));
      },
    };
  });
}

/** What `scaledGelu` reads, in multiples of what `gelu` reads. */
export const GELU_SCALE = Math.SQRT1_2;

/**
 * Exact GELU of u / GELU_SCALE, that is u (1 + erf u) / sqrt 2: with the scale moved into the weights that make u it takes
 * one pass less than `gelu`. By erfc it would be one less again, but TensorFlow's erfc takes three times as long as its erf.
 * @param u any shape
 */
export function scaledGelu(u: tf.Tensor): tf.Tensor {
  return differentiable(u, (input) => {
    const share = tf.add(tf.erf(input), 1);
    return {
      value: tf.mul(tf.mul(input, share), GELU_SCALE),
      saved: [input, share],
      backward: (dy, saved) => {
        const x = savedTensor(saved, 0);
        const density = tf.mul(tf.exp(tf.neg(tf.square(x))), 2 / Math.sqrt(Math.PI));
        return tf.mul(dy, tf.mul(tf.add(savedTensor(saved, 1), tf.mul(x, density)), GELU_SCALE));
      },
    };
  });
}

/**
 * SiLU, x * sigmoid(x) (Hendrycks and Gimpel 2016; Llama's `hidden_act: silu`).
 * @param x any shape
 */
export function silu(x: tf.Tensor): tf.Tensor {
  return differentiable(x, (input) => {
    const share = tf.sigmoid(input);
    const value = tf.mul(input, share);
    return {
      value,
      saved: [share, value],
      backward: (dy, saved) => {
        // The derivative, s + x s (1 - s), with y = x s.
        const s = savedTensor(saved, 0);
        const y = savedTensor(saved, 1);
        return tf.mul(dy, tf.add(s, tf.mul(y, tf.sub(1, s))));
      },
    };
  });
}

/**
 * x W + b over the last axis.
 * @param x [..., in]
 * @param w [in, out]
 * @param b [out], or null for none
 * @returns [..., out]
 */
export function linear(x: tf.Tensor, w: tf.Tensor, b: tf.Tensor | null): tf.Tensor {
  return overRows(x, w, (rows) => {
    if (b !== null && fuses('bias')) return fusedProduct('bias', rows, w, b);
    const product = tf.matMul(rows, w);
    return b === null ? product : tf.add(product, b);
  });
}

/** Exact GELU of x W + b over the last axis, shaped as `linear` has them. */
export function linearGelu(x: tf.Tensor, w: tf.Tensor, b: tf.Tensor | null): tf.Tensor {
  if (b === null || !fuses('gelu')) return gelu(linear(x, w, b));
  return overRows(x, w, (rows) => fusedProduct('gelu', rows, w, b));
}

/** Does something with all rows of the last axis as one matrix. @param product [rows, in] to [rows, out] */
function overRows(x: tf.Tensor, w: tf.Tensor, product: (rows: tf.Tensor) => tf.Tensor): tf.Tensor {
  if (x.rank === 2) return product(x);
  const [inputs = 0, outputs = 0] = w.shape;
  return tf.reshape(product(tf.reshape(x, [-1, inputs])), [...x.shape.slice(0, -1), outputs]);
}

/** x W + b. @param x [..., in] @returns [..., out] */
export function project(x: tf.Tensor, { w, b }: Projection): tf.Tensor {
  return linear(x, w, b);
}

/** What a norm does after standardising. @param gain null where it is folded into what reads the norm */
export function scaleShift(standard: tf.Tensor, gain: Gain | null): tf.Tensor {
  if (gain === null) return standard;
  const scaled = tf.mul(standard, gain.w);
  return gain.b === null ? scaled : tf.add(scaled, gain.b);
}

/** [batch, pos, ...] to [batch, 1, ...] */
export function lastPosition(x: tf.Tensor): tf.Tensor {
  const [, count = 0, ...rest] = x.shape;
  if (count === 1) return x;
  return tf.slice(x, [0, count - 1, ...rest.map(() => 0)], [-1, 1, ...rest]);
}

/**
 * Rows of an embedding. The gradient is a product with one-hot rows, since `wasm` has no segment sum.
 * @param table [d_vocab, d]
 * @param tokens int32 [batch, pos]
 * @returns [batch, pos, d]
 */
export function embed(table: tf.Tensor, tokens: tf.Tensor): tf.Tensor {
  const [vocabulary = 0, width = 0] = table.shape;
  const ids = tf.cast(tf.reshape(tokens, [tokens.size]), 'int32');
  return differentiable(table, (weights) => ({
    value: tf.reshape(rowPicker(ids, vocabulary)(weights), [...tokens.shape, width]),
    saved: [ids],
    backward: (dy, saved) => {
      const oneHot = tf.cast(tf.oneHot(tf.cast(savedTensor(saved, 0), 'int32'), vocabulary), 'float32');
      return tf.matMul(tf.transpose(oneHot), tf.reshape(dy, [-1, width]));
    },
  }));
}

/** Whether the running engine's gather is slower than what replaces it here: so it is on `wasm`. */
export function gathersSlowly(): boolean {
  return tf.getBackend() === 'wasm';
}

/** With more rows to pick from, a product with one-hot rows costs more than it spares; tfjs makes none of one row. */
const ONE_HOT_ROWS = { least: 2, most: 1024 };

/**
 * Picks rows of several tensors by the same indices. On `wasm` a product with one-hot rows is several times quicker than
 * its gather, and as exact: all terms but one are 0.
 * @param rows int32 [batch], each below `count`
 * @param count rows of each tensor that will be picked from
 * @returns a function from [count, ...] to [batch, ...]
 */
export function rowPicker(rows: tf.Tensor, count: number): (x: tf.Tensor) => tf.Tensor {
  if (!gathersSlowly() || count < ONE_HOT_ROWS.least || count > ONE_HOT_ROWS.most)
    return (x) => tf.gather(x, rows);
  const oneHot = tf.cast(tf.oneHot(rows, count), 'float32');
  return (x) =>
    tf.reshape(tf.matMul(oneHot, tf.reshape(x, [count, x.size / count])), [rows.size, ...x.shape.slice(1)]);
}

/**
 * Mean cross-entropy in nats.
 * @param logits [batch, d_vocab]
 * @param targets int32 [batch]
 * @returns scalar
 */
export function crossEntropy(logits: tf.Tensor, targets: tf.Tensor1D): tf.Tensor {
  const [batch = 0, vocabulary = 0] = logits.shape;
  return differentiable(logits, (input) => {
    const shifted = tf.sub(input, tf.max(input, -1, true));
    const exp = tf.exp(shifted);
    const total = tf.sum(exp, -1, true);
    const oneHot = tf.cast(tf.oneHot(targets, vocabulary), 'float32');
    const own = tf.sum(tf.mul(shifted, oneHot), -1, true);
    return {
      value: tf.mean(tf.sub(tf.log(total), own)),
      saved: [tf.sub(tf.div(exp, total), oneHot)],
      backward: (dy, saved) => tf.mul(savedTensor(saved, 0), tf.div(dy, batch)),
    };
  });
}
