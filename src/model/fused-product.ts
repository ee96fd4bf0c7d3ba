import * as tf from '@tensorflow/tfjs-core';

/** TensorFlow's own name, and the label under which oneDNN's kernel is registered: not public, so it is tried first. */
const OPERATION = '_MklNativeFusedMatMul';
const LABEL = 'MklNameChangeOp';

/** What follows a product in the same operation: tfjs's name for both, and TensorFlow's names of what is added. */
const FUSED = {
  bias: { kernelName: 'BiasedMatMul', steps: ['BiasAdd'] },
  gelu: { kernelName: 'BiasedGeluMatMul', steps: ['BiasAdd', 'GeluExact'] },
} as const;
type Fused = keyof typeof FUSED;

/** What is used of tfjs-node's backend. */
interface NativeBackend {
  readonly binding: Readonly<Record<string, unknown>>;
  executeSingleOutput(name: string, attributes: readonly object[], inputs: readonly unknown[]): tf.Tensor;
}

/** Whether the running engine adds biases, or also takes the exact GELU, inside a product; never where gradients are wanted. */
export function fuses(what: Fused): boolean {
  return tf.engine().state.gradientDepth === 0 && registered(what) !== undefined;
}

/**
 * x W + b, or its GELU, in one operation.
 * @param x [rows, in]
 * @param w [in, out]
 * @param b [out]
 * @returns [rows, out]
 * @throws Error where the engine does not fuse it
 */
export function fusedProduct(what: Fused, x: tf.Tensor, w: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return tf.engine().runKernel(FUSED[what].kernelName, { a: x, b: w, bias: b });
}

/**
 * Makes the `tensorflow` engine fuse what its binding and library can, which spares passes over all values after a
 * product. It must be the running engine, on the CPU.
 */
export function fuseProducts(): void {
  const backend: unknown = tf.backend();
  if (!isNative(backend) || process.env['TF_ENABLE_ONEDNN_OPTS'] === '0') return;
  for (const what of ['bias', 'gelu'] as const) {
    register(backend, what);
    if (!works(what)) tf.unregisterKernel(FUSED[what].kernelName, 'tensorflow');
  }
}

function register(backend: NativeBackend, what: Fused): void {
  const { binding } = backend;
  const { kernelName, steps } = FUSED[what];
  const attribute = (name: string, type: string, value: unknown): object => ({
    name,
    type: binding[`TF_ATTR_${type}`],
    value,
  });
  const attributes = [
    attribute('T', 'TYPE', binding['TF_FLOAT']),
    attribute('transpose_a', 'BOOL', false),
    attribute('transpose_b', 'BOOL', false),
    attribute('num_args', 'INT', 1),
    attribute('fused_ops', 'STRING', [...steps]),
    attribute('_kernel', 'STRING', LABEL),
  ];
  tf.registerKernel({
    kernelName,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs: { a, b, bias } }) =>
      backend.executeSingleOutput(OPERATION, attributes, [a, b, bias]),
  });
}

/** Largest difference from the parts one by one, of values of up to 5. */
const TOLERANCE = 1e-5;

/** Whether it gives what its parts give; a binding of another origin cannot call it. */
function works(what: Fused): boolean {
  try {
    return tf.tidy(() => {
      const [x, w] = [tf.reshape(tf.linspace(-1, 2, 12), [3, 4]), tf.reshape(tf.linspace(-2, 1, 8), [4, 2])];
      const b = tf.tensor1d([0.5, -2]);
      const sum = tf.add(tf.matMul(x, w), b);
      const half = tf.mul(sum, 0.5);
      const wanted = what === 'bias' ? sum : tf.mul(half, tf.add(tf.erf(tf.mul(sum, Math.SQRT1_2)), 1));
      const [difference = NaN] = tf.max(tf.abs(tf.sub(fusedProduct(what, x, w, b), wanted))).dataSync();
      return difference <= TOLERANCE;
    });
  } catch {
    return false;
  }
}

/** tfjs's own type does not say that there may be none. */
function registered(what: Fused): tf.KernelConfig | undefined {
  return tf.getKernel(FUSED[what].kernelName, tf.getBackend());
}

function isNative(backend: unknown): backend is NativeBackend {
  return (
    typeof backend === 'object' &&
    backend !== null &&
    'binding' in backend &&
    'executeSingleOutput' in backend
  );
}
