import * as tf from '@tensorflow/tfjs-core';

/**
 * Runs work and frees every tensor it made except those named, also when it throws. Unlike `tf.tidy` it returns any
 * type.
 */
export function scoped<T>(work: () => T, kept: (result: T) => readonly tf.Tensor[]): T {
  tf.engine().startScope();
  try {
    const result = work();
    for (const tensor of kept(result)) tf.keep(tensor);
    return result;
  } finally {
    tf.engine().endScope();
  }
}

/**
 * As `scoped`, but what is named belongs to the scope around this one afterwards, which frees it in its turn: for parts of
 * a piece of work.
 */
export function within<T>(work: () => T, passed: (result: T) => readonly tf.Tensor[]): T {
  tf.engine().startScope();
  let kept: tf.Tensor[] = [];
  try {
    const result = work();
    kept = [...passed(result)];
    return result;
  } finally {
    tf.engine().endScope(kept);
  }
}
