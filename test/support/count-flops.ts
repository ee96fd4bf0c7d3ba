import * as tf from '@tensorflow/tfjs-core';

/** Operations of the matrix products, two a multiplication, that some work asks the engine for. */
export async function countFlops(work: () => Promise<unknown>): Promise<number> {
  const profile = await tf.profile(async () => {
    await work();
    return [];
  });
  return profile.kernels
    .filter(({ name }) => name === 'BatchMatMul' || name === '_FusedMatMul')
    .reduce((sum, { inputShapes: [left], outputShapes: [out] }) => sum + productFlops(left ?? [], out), 0);
}

/** 2 x values of the result x length of the sums; the left matrix may be stored either way. */
function productFlops(left: readonly number[], out: unknown): number {
  const shape = Array.isArray(out) ? out.map(Number) : [];
  const size = (of: readonly number[]): number => of.reduce((product, length) => product * length, 1);
  const rows = size(shape.slice(0, -1));
  return (2 * size(shape) * size(left)) / rows;
}
