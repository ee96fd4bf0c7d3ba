import * as tf from '@tensorflow/tfjs-core';
import { savedTensor } from './differentiable.js';

/**
 * Gradients of the elementary operations that a forward pass uses. tfjs ships its own, but Node's module loader cannot
 * load them apart from the union package, and its product multiplies by transposed operands, which on the `wasm`
 * engine is ten times slower than transposing first.
 */

/** Sums a gradient over the axes along which an operand was broadcast. */
function unbroadcast(dy: tf.Tensor, shape: number[]): tf.Tensor {
  const extra = dy.rank - shape.length;
  const axes = dy.shape.map(
    (size, axis) => [size, axis < extra ? 1 : (shape[axis - extra] ?? 1), axis] as const,
  );
  const summed = axes.filter(([size, own]) => size !== own).map(([, , axis]) => axis);
  // A sum over leading axes is ten times quicker on `wasm` as a product with ones.
  const width = shape.reduce((a, b) => a * b, 1);
  if (summed.length > 0 && summed.every((axis, i) => axis === i) && width > 1) {
    const rows = tf.reshape(dy, [-1, width]);
    return tf.reshape(tf.matMul(tf.ones([1, dy.size / width]), rows), shape);
  }
  return tf.reshape(summed.length > 0 ? tf.sum(dy, summed) : dy, shape);
}

/** Exchanges the last two axes. */
function swapLast(x: tf.Tensor): tf.Tensor {
  const axes = x.shape.map((_, i) => i);
  return tf.transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
}

function numbers(value: unknown): number[] {
  return Array.isArray(value) ? value.map(Number) : [Number(value)];
}

const CONFIGS: readonly tf.GradConfig[] = [
  {
    kernelName: tf.Add,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved) => binary(dy, saved, () => [(g) => g, (g) => g]),
  },
  {
    kernelName: tf.AddN,
    saveAllInputs: true,
    gradFunc: (dy, saved) => Object.fromEntries(saved.map((_, i) => [String(i), () => single(dy).clone()])),
  },
  {
    kernelName: tf.Sub,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved) => binary(dy, saved, () => [(g) => g, (g) => tf.neg(g)]),
  },
  {
    kernelName: tf.Multiply,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved) => binary(dy, saved, (a, b) => [(g) => tf.mul(g, b), (g) => tf.mul(g, a)]),
  },
  {
    kernelName: tf.BatchMatMul,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved, attrs) => {
      if (attrs['transposeA'] === true) throw new Error('no gradient for a transposed left operand');
      const g = single(dy);
      const a = savedTensor(saved, 0);
      const b = savedTensor(saved, 1);
      return attrs['transposeB'] === true
        ? { a: () => tf.matMul(g, b), b: () => tf.matMul(swapLast(g), a) }
        : { a: () => tf.matMul(g, swapLast(b)), b: () => tf.matMul(swapLast(a), g) };
    },
  },
  {
    kernelName: tf.Reshape,
    inputsToSave: ['x'],
    gradFunc: (dy, saved) => ({ x: () => tf.reshape(single(dy), savedTensor(saved, 0).shape) }),
  },
  {
    // of values that meet an int32 tensor, such as one-hot rows
    kernelName: tf.Cast,
    gradFunc: (dy) => ({ x: () => tf.cast(single(dy), 'float32') }),
  },
  {
    kernelName: tf.Transpose,
    gradFunc: (dy, _saved, attrs) => {
      const perm = numbers(attrs['perm']);
      const inverse = perm.map((_, axis) => perm.indexOf(axis));
      return { x: () => tf.transpose(single(dy), inverse) };
    },
  },
  {
    kernelName: tf.Slice,
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attrs) => {
      const full = savedTensor(saved, 0).shape;
      const begin = numbers(attrs['begin']);
      const g = single(dy);
      const around = full.map((size, axis): [number, number] => {
        const before = begin[axis] ?? 0;
        return [before, size - before - (g.shape[axis] ?? 0)];
      });
      return { x: () => tf.pad(g, around) };
    },
  },
  {
    kernelName: tf.Concat,
    saveAllInputs: true,
    gradFunc: (dy, saved, attrs) => {
      const along = Number(attrs['axis']);
      let end = 0;
      const parts = saved.map(({ shape }, i): [string, () => tf.Tensor] => {
        const from = end;
        end += shape[along] ?? 0;
        const begin = shape.map((_, axis) => (axis === along ? from : 0));
        return [String(i), () => tf.slice(single(dy), begin, shape)];
      });
      return Object.fromEntries(parts);
    },
  },
  {
    kernelName: tf.Sum,
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attrs) => {
      const { shape, rank } = savedTensor(saved, 0);
      const axes =
        typeof attrs['axis'] === 'number' || Array.isArray(attrs['axis'])
          ? numbers(attrs['axis'])
          : shape.map((_, axis) => axis);
      const summed = axes.map((axis) => (axis < 0 ? axis + rank : axis));
      const kept = shape.map((size, axis) => (summed.includes(axis) ? 1 : size));
      return { x: () => tf.mul(tf.reshape(single(dy), kept), tf.ones(shape)) };
    },
  },
  {
    kernelName: tf.SplitV,
    gradFunc: (dy, _saved, attrs) => ({
      x: () => tf.concat(Array.isArray(dy) ? dy : [dy], Number(attrs['axis'])),
    }),
  },
  {
    kernelName: tf.Softmax,
    outputsToSave: [true],
    gradFunc: (dy, saved) => ({
      logits: () => {
        const p = savedTensor(saved, 0);
        const weighted = tf.mul(single(dy), p);
        return tf.sub(weighted, tf.mul(tf.sum(weighted, -1, true), p));
      },
    }),
  },
];

function single(dy: tf.Tensor | tf.Tensor[]): tf.Tensor {
  return Array.isArray(dy) ? savedTensor(dy, 0) : dy;
}

function binary(
  dy: tf.Tensor | tf.Tensor[],
  saved: readonly tf.Tensor[],
  parts: (a: tf.Tensor, b: tf.Tensor) => readonly [(g: tf.Tensor) => tf.Tensor, (g: tf.Tensor) => tf.Tensor],
): Record<'a' | 'b', () => tf.Tensor> {
  const a = savedTensor(saved, 0);
  const b = savedTensor(saved, 1);
  const [toA, toB] = parts(a, b);
  const g = single(dy);
  return { a: () => unbroadcast(toA(g), a.shape), b: () => unbroadcast(toB(g), b.shape) };
}

/** Makes `tf.grads` work for the operations of the models; safe to call again. */
export function registerGradients(): void {
  for (const config of CONFIGS) {
    tf.registerGradient(config);
  }
}
