import * as tf from '@tensorflow/tfjs-core';
import { permutation, randomStream } from '../domain/random.js';
import { adamStep } from '../model/adam.js';
import { crossEntropy } from '../model/ops.js';
import { scoped } from '../model/scope.js';

/** Examples of one classifier; the last feature is the constant 1, so that the last row of the weights is the bias. */
export interface Examples {
  readonly width: number;
  /** [examples, width] row-major */
  readonly features: Float32Array;
  /** [examples] class of each */
  readonly labels: Int32Array;
}

export interface FitSettings {
  readonly learningRate: number;
  /** Examples per update; the last batch of an epoch takes what is left. */
  readonly batch: number;
  readonly epochs: number;
  /** L2 penalty: l2 / 2 times the sum of squared weights, bias left out, on the mean cross-entropy. 0 for none. */
  readonly l2: number;
  /** Decides the order of the examples in each epoch. */
  readonly seed: number;
}

export interface FitInput {
  readonly examples: Examples;
  readonly classes: number;
  readonly settings: FitSettings;
  /** Called before each epoch; throwing there ends the fit and frees its tensors. */
  readonly onBatch?: (() => Promise<void>) | undefined;
}

/** Adam's constants as its authors give them (Kingma and Ba 2015). */
const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/**
 * Fits a linear layer with bias to classes by softmax cross-entropy with Adam, from zero weights. One product per
 * classifier: `wasm` multiplies a stack of matrices ten times slower than the matrices one by one.
 * @returns [width, classes], the caller's to dispose
 */
export async function fitClassifier({ examples, classes, settings, onBatch }: FitInput): Promise<tf.Tensor> {
  const { width, labels } = examples;
  const { batch, epochs, learningRate, seed } = settings;
  const shape: [number, number] = [width, classes];
  const decay = settings.l2 === 0 ? null : decayRates(width, settings.l2);
  let state = { weights: tf.zeros(shape), m: tf.zeros(shape), v: tf.zeros(shape) };
  let update = 0;
  let done = false;
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      await onBatch?.();
      const order = permutation(labels.length, randomStream(seed, 'probe batches', epoch));
      for (let start = 0; start < order.length; start += batch) {
        update++;
        const next = scoped(
          () => {
            const chosen = pick(examples, order.subarray(start, start + batch));
            const loss = classifierGradient(state.weights, chosen, classes);
            const gradient = decay === null ? loss : tf.add(loss, tf.mul(state.weights, decay));
            const { m, v, step } = adamStep(state, gradient, ADAM, learningRate, update);
            return { weights: tf.sub(state.weights, step), m, v };
          },
          (kept) => Object.values(kept),
        );
        tf.dispose([...Object.values(state)]);
        state = next;
      }
    }
    done = true;
    return state.weights;
  } finally {
    tf.dispose([state.m, state.v]);
    if (!done) state.weights.dispose();
    decay?.dispose();
  }
}

/**
 * Gradient of the mean cross-entropy: X^T (softmax(X W) - onehot) / examples. Call inside `tf.tidy`.
 * @param weights [width, classes]
 * @returns [width, classes]
 */
export function classifierGradient(weights: tf.Tensor, examples: Examples, classes: number): tf.Tensor {
  const { width, features, labels } = examples;
  const count = labels.length;
  const columns = new Float32Array(features.length); // (width, examples), scaled to the mean
  const oneHot = new Float32Array(count * classes);
  labels.forEach((label, i) => {
    oneHot[i * classes + label] = 1;
    for (let j = 0; j < width; j++) columns[j * count + i] = (features[i * width + j] ?? 0) / count;
  });
  const shares = tf.softmax(tf.matMul(tf.tensor2d(features, [count, width]), weights));
  return tf.matMul(
    tf.tensor2d(columns, [width, count]),
    tf.sub(shares, tf.tensor2d(oneHot, [count, classes])),
  );
}

/** How well a classifier does on examples. */
export interface Score {
  readonly accuracy: number;
  /** Mean cross-entropy, nats. */
  readonly loss: number;
}

/** @param weights [width, classes] */
export function scoreClassifier(weights: tf.Tensor, { width, features, labels }: Examples): Score {
  return scoped(
    () => {
      const logits = tf.matMul(tf.tensor2d(features, [labels.length, width]), weights);
      const predicted = tf.argMax(logits, -1).dataSync();
      const right = labels.filter((label, i) => predicted[i] === label).length;
      const [loss = 0] = crossEntropy(logits, tf.tensor1d(labels, 'int32')).dataSync();
      return { accuracy: right / labels.length, loss };
    },
    () => [],
  );
}

/** The examples of the given indices, in that order. */
export function pick({ width, features, labels }: Examples, indices: ArrayLike<number>): Examples {
  const picked = new Float32Array(indices.length * width);
  const own = new Int32Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i] ?? 0;
    picked.set(features.subarray(from * width, (from + 1) * width), i * width);
    own[i] = labels[from] ?? 0;
  }
  return { width, features: picked, labels: own };
}

/** [width, 1] `l2` for weights, 0 for the bias */
function decayRates(width: number, l2: number): tf.Tensor {
  return tf.tensor2d(
    Float32Array.from({ length: width }, (_, row) => (row === width - 1 ? 0 : l2)),
    [width, 1],
  );
}
