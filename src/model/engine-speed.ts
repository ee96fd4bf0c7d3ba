import * as tf from '@tensorflow/tfjs-core';

/** Runs that are timed after one that is not; the quickest counts, since other programs only ever slow one down. */
const RUNS = 3;

/**
 * Speed of the running engine on one large product of float32 matrices.
 * @param size rows and columns of both
 * @returns GFLOP/s (2 size^3 operations)
 */
export function measureSgemm(size: number): number {
  return tf.tidy(() => {
    const [a, b] = [0.3, 0.7].map((phase) =>
      tf.tensor2d(
        Float32Array.from({ length: size * size }, (_, i) => Math.sin(i + phase)),
        [size, size],
      ),
    );
    if (a === undefined || b === undefined) return NaN;
    const seconds = Array.from({ length: RUNS + 1 }, () => {
      const start = performance.now();
      tf.tidy(() => tf.slice(tf.matMul(a, b), [0, 0], [1, 1]).dataSync());
      return (performance.now() - start) / 1000;
    });
    return (2 * size ** 3) / Math.min(...seconds.slice(1)) / 1e9;
  });
}
