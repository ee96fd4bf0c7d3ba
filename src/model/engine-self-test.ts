import * as tf from '@tensorflow/tfjs-core';
import { EngineError } from '../errors/errors.js';
import type { EngineName } from './engine-names.js';
import { GELU_SCALE, scaledGelu } from './ops.js';

/** Largest difference from plain double arithmetic, relative to the largest value: float32 and a sum of 37 terms. */
const TOLERANCE = 1e-5;
const [ROWS, INNER, COLUMNS] = [19, 37, 23];

/** Numbers of both signs, no two alike, without a random generator. */
function values(count: number, phase: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => 2 * Math.sin(1.7 * i + phase));
}

/**
 * Checks that the running engine computes what a forward pass needs: a product, an Erf, a GELU, a softmax and a gather,
 * compared with values computed in plain JavaScript.
 * @throws EngineError naming the operation that is wrong
 */
export function selfTest(engine: EngineName): void {
  const [a, b] = [values(ROWS * INNER, 0.3), values(INNER * COLUMNS, 0.7)];
  const rows = Int32Array.from([3, 0, 18, 3, 7]);
  const at = (x: Float32Array, i: number): number => x[i] ?? NaN;
  const cases: Readonly<
    Record<string, { run: (x: tf.Tensor2D, y: tf.Tensor2D) => tf.Tensor; wanted: number[] }>
  > = {
    product: {
      run: (x, y) => tf.matMul(x, y),
      wanted: Array.from({ length: ROWS * COLUMNS }, (_, i) => {
        const [row, column] = [Math.floor(i / COLUMNS), i % COLUMNS];
        let sum = 0;
        for (let k = 0; k < INNER; k++) sum += at(a, row * INNER + k) * at(b, k * COLUMNS + column);
        return sum;
      }),
    },
    erf: { run: (x) => tf.erf(x), wanted: Array.from(a, erf) },
    GELU: {
      run: (x) => scaledGelu(x),
      wanted: Array.from(a, (u) => GELU_SCALE * u * (1 + erf(u))),
    },
    softmax: {
      run: (x) => tf.softmax(x),
      wanted: Array.from({ length: ROWS }, (_, row) => {
        const exp = Array.from(a.subarray(row * INNER, (row + 1) * INNER), Math.exp);
        const total = exp.reduce((sum, value) => sum + value, 0);
        return exp.map((value) => value / total);
      }).flat(),
    },
    gather: {
      run: (x) => tf.gather(x, tf.tensor1d(rows, 'int32')),
      wanted: Array.from(rows).flatMap((row) => [...a.subarray(row * INNER, (row + 1) * INNER)]),
    },
  };
  for (const [name, { run, wanted }] of Object.entries(cases)) {
    const found = computed(engine, name, () =>
      run(tf.tensor2d(a, [ROWS, INNER]), tf.tensor2d(b, [INNER, COLUMNS])),
    );
    const scale = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const worst = wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - at(found, i))), 0);
    if (found.length !== wanted.length || !(worst <= TOLERANCE * scale))
      throw new EngineError(
        engine,
        `its self-test failed: ${name} is off by ${(worst / scale).toExponential(1)}`,
      );
  }
}

/** @throws EngineError when the engine cannot compute it at all */
function computed(engine: EngineName, name: string, run: () => tf.Tensor): Float32Array {
  try {
    return tf.tidy(() => Float32Array.from(run().dataSync()));
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new EngineError(engine, `its self-test failed: ${name}: ${problem}`);
  }
}

/** The error function by its Maclaurin series; exact to 1e-12 for |x| <= 2. */
function erf(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; n < 60; n++) {
    term *= -(x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
