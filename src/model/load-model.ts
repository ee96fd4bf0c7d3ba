import * as tf from '@tensorflow/tfjs-core';
import type { Architecture, ModelConfig } from '../domain/model-config.js';
import { bindGptNeox } from './gpt-neox.js';
import { bindLlama } from './llama.js';
import type { BindOptions, Model } from './model.js';
import { scoped } from './scope.js';

/** A tensor's values outside the engine, row-major. */
interface HostTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A model in the engine, and what frees it. */
export interface LoadedModel {
  readonly model: Model;
  readonly dispose: () => void;
}

type Binder = (config: ModelConfig, tensor: (name: string) => tf.Tensor, options?: BindOptions) => Model;

const BINDERS: Readonly<Record<Architecture, Binder>> = { gpt_neox: bindGptNeox, llama: bindLlama };

/**
 * Makes a model of tensors that are in the engine already; it may make more of them (`Model.tensors` has all).
 * @param tensor gives the tensor of a name (`W_E`, `blocks.0.W_in`, ...)
 */
export const bindModel: Binder = (config, tensor, options) =>
  BINDERS[config.architecture](config, tensor, options);

/**
 * Moves weights into the engine as float32 while they are read: outside it there is one at a time.
 * @param weights under our names (`W_E`, `blocks.0.W_in`, ...), complete
 * @throws what `weights` throws; nothing is left in the engine then
 */
export async function streamModel(
  config: ModelConfig,
  weights: AsyncIterable<readonly [name: string, tensor: HostTensor]>,
): Promise<LoadedModel> {
  const uploaded = new Map<string, tf.Tensor>();
  try {
    for await (const [name, tensor] of weights) uploaded.set(name, upload(tensor));
  } catch (error) {
    tf.dispose([...uploaded.values()]);
    throw error;
  }
  return bindUploaded(config, uploaded);
}

/** As `streamModel`, of weights that are in memory. */
export function loadModel(config: ModelConfig, weights: ReadonlyMap<string, HostTensor>): LoadedModel {
  return bindUploaded(config, new Map(Array.from(weights, ([name, tensor]) => [name, upload(tensor)])));
}

function upload({ data, shape }: HostTensor): tf.Tensor {
  return tf.tensor(data, [...shape], 'float32');
}

/** Makes a model of all its tensors, which it owns from then on. @throws Error when one is missing; all are freed then */
function bindUploaded(config: ModelConfig, uploaded: ReadonlyMap<string, tf.Tensor>): LoadedModel {
  const found = (name: string): tf.Tensor => {
    const tensor = uploaded.get(name);
    if (tensor === undefined) throw new Error(`the checkpoint holds no ${name}`);
    return tensor;
  };
  let kept = new Set<tf.Tensor>();
  try {
    const model = scoped(
      () => bindModel(config, found, { folded: true, spent: (tensor) => tensor.dispose() }),
      (bound) => bound.tensors,
    );
    kept = new Set(model.tensors);
    return { model, dispose: () => tf.dispose([...model.tensors]) };
  } finally {
    tf.dispose([...uploaded.values()].filter((tensor) => !kept.has(tensor)));
  }
}
