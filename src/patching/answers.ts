import * as tf from '@tensorflow/tfjs-core';
import type { PromptPair } from '../domain/prompt.js';
import { finalNorm } from '../model/forward.js';
import type { Model } from '../model/model.js';
import { linear } from '../model/ops.js';
import { numberToken, type PromptTokens } from '../model/prompt-tokens.js';

/** Columns of the unembedding that effects read, each [pairs, d_model]. */
export interface AnswerColumns {
  /** Of r, the clean prompt's answer. */
  readonly clean: tf.Tensor;
  /** Of r', the corrupted prompt's answer. */
  readonly corrupted: tf.Tensor;
  /** Half of r' minus r. */
  readonly half: tf.Tensor;
}

/** Logits computed at once for a whole vocabulary: 64 MiB. */
const MAX_LOGITS = 2 ** 24;

/** @throws RangeError when an answer is not a single token */
export function answerColumns(
  model: Model,
  tokens: PromptTokens,
  pairs: readonly PromptPair[],
): AnswerColumns {
  const columns = (prompt: keyof PromptPair): tf.Tensor => {
    const ids = pairs.map((pair) => numberToken(tokens, pair[prompt].answer));
    return tf.transpose(tf.gather(model.wU, tf.tensor1d(ids, 'int32'), 1));
  };
  const clean = columns('clean');
  const corrupted = columns('corrupted');
  return { clean, corrupted, half: tf.mul(tf.sub(corrupted, clean), 0.5) };
}

/**
 * (z(r') - z(r)) / 2 from the two columns alone.
 * @param resid [times x pairs, d_model], the last layer's `resid_post` at the last position
 * @returns [times x pairs]
 */
export function halfDifference(model: Model, resid: tf.Tensor, { half }: AnswerColumns): tf.Tensor {
  return rowDots(finalNorm(model, resid), half);
}

/** Log-probabilities of both answers, each [times x pairs]. */
export interface AnswerLogProbs {
  readonly clean: Float64Array;
  readonly corrupted: Float64Array;
}

/**
 * Log-probabilities of r and r' over the whole vocabulary, from logits in float32.
 * @param resid [times x pairs, d_model], the last layer's `resid_post` at the last position
 */
export function answerLogProbs(model: Model, resid: tf.Tensor, columns: AnswerColumns): AnswerLogProbs {
  const [rows = 0] = resid.shape;
  const values = tf.tidy(() => {
    const final = finalNorm(model, resid);
    const both = [rowDots(final, columns.clean), rowDots(final, columns.corrupted)];
    return tf.concat([...both, logSumExp(model, final)], 0);
  });
  const read = values.dataSync();
  values.dispose();
  const of = (first: number): Float64Array =>
    Float64Array.from(
      { length: rows },
      (_, row) => (read[first + row] ?? NaN) - (read[2 * rows + row] ?? NaN),
    );
  return { clean: of(0), corrupted: of(rows) };
}

/** @param final [rows, d_model] @returns [rows] */
function logSumExp(model: Model, final: tf.Tensor): tf.Tensor {
  const [rows = 0, width = 0] = final.shape;
  const step = Math.max(1, Math.floor(MAX_LOGITS / model.config.dVocab));
  const parts: tf.Tensor[] = [];
  for (let start = 0; start < rows; start += step) {
    const size = Math.min(step, rows - start);
    parts.push(
      tf.tidy(() => tf.logSumExp(linear(tf.slice(final, [start, 0], [size, width]), model.wU, null), -1)),
    );
  }
  return tf.concat(parts, 0);
}

/** @param x [times x pairs, d] @param y [pairs, d] @returns [times x pairs] */
function rowDots(x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const [pairs = 0, width = 0] = y.shape;
  return tf.reshape(tf.sum(tf.mul(tf.reshape(x, [-1, pairs, width]), y), -1), [-1]);
}
