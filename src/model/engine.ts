import * as tf from '@tensorflow/tfjs-core';
import { EngineError } from '../errors/errors.js';
import type { EngineName } from './engine-names.js';

const LOADERS: Record<EngineName, () => Promise<unknown>> = {
  wasm: () => import('@tensorflow/tfjs-backend-wasm'),
  cpu: () => import('@tensorflow/tfjs-backend-cpu'),
};

/**
 * Loads and selects a tfjs engine; it serves the whole process from then on.
 * @returns its name and the version of tfjs
 * @throws EngineError when it cannot be started
 */
export async function startEngine(name: EngineName): Promise<{ name: EngineName; version: string }> {
  tf.enableProdMode(); // tfjs advertises its other engines on the first operation otherwise
  try {
    await LOADERS[name]();
    if (!(await tf.setBackend(name))) throw new Error('the backend did not initialise');
    await tf.ready();
  } catch (cause) {
    throw new EngineError(name, cause instanceof Error ? cause.message : String(cause));
  }
  return { name, version: tf.version_core };
}

/** Number of tensors alive in the engine; equal before and after a piece of work that leaks nothing. */
export function liveTensors(): number {
  return tf.memory().numTensors;
}
