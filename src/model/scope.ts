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
