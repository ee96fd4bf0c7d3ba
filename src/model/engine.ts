import * as tf from '@tensorflow/tfjs-core';
import { EngineError } from '../errors/errors.js';
import { ENGINES, type EngineChoice, type EngineName } from './engine-names.js';
import { choiceInForce } from './engine-places.js';
import { selfTest } from './engine-self-test.js';
import { loadTensorflow } from './engine-tensorflow.js';

/** Each makes an engine known to tfjs. @returns its version */
const LOADERS: Record<EngineName, () => Promise<string>> = {
  tensorflow: async () => (await loadTensorflow()).version,
  wasm: async () => {
    await import('@tensorflow/tfjs-backend-wasm');
    return tf.version_core;
  },
  cpu: async () => {
    await import('@tensorflow/tfjs-backend-cpu');
    return tf.version_core;
  },
};

export interface StartedEngine {
  readonly name: EngineName;
  /** Of tfjs, or of the TensorFlow library. */
  readonly version: string;
}

/**
 * Loads and selects a tfjs engine; it serves the whole process from then on. `auto` takes the engine that
 * HEURISTRACE_ENGINE names, or else the fastest that passes its self-test.
 * @param onNote told in one line why `auto` left out a faster engine; default: stderr
 * @throws EngineError when it cannot be started; UnknownNameError when HEURISTRACE_ENGINE names no engine
 */
export async function startEngine(
  choice: EngineChoice,
  onNote: (line: string) => void = (line) => void process.stderr.write(`${line}\n`),
): Promise<StartedEngine> {
  const wanted = choiceInForce(choice);
  if (wanted !== 'auto') return start(wanted);
  const leftOut: EngineError[] = [];
  for (const name of ENGINES) {
    try {
      const engine = await start(name);
      selfTest(name);
      const why = leftOut.map(({ message, next }) => `${message}. ${next}`).join(' ');
      if (leftOut.length > 0) onNote(`computing with ${name}: ${why}`);
      return engine;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      leftOut.push(error);
    }
  }
  throw new EngineError('auto', leftOut.map(({ message }) => message).join('; '));
}

async function start(name: EngineName): Promise<StartedEngine> {
  tf.enableProdMode(); // tfjs advertises its other engines on the first operation, and warns of twice the same kernel
  try {
    const version = await LOADERS[name]();
    if (!(await tf.setBackend(name))) throw new Error('the backend did not initialise');
    await tf.ready();
    return { name, version };
  } catch (cause) {
    if (cause instanceof EngineError) throw cause;
    throw new EngineError(name, cause instanceof Error ? cause.message : String(cause));
  }
}

/** Number of tensors alive in the engine; equal before and after a piece of work that leaks nothing. */
export function liveTensors(): number {
  return tf.memory().numTensors;
}
