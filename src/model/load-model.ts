import * as tf from '@tensorflow/tfjs-core';
import type { Architecture, ModelConfig } from '../domain/model-config.js';
import { bindGptNeox } from './gpt-neox.js';
import { bindLlama } from './llama.js';
import type { Model } from './model.js';
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

type Binder = (config: ModelConfig, tensor: (name: string) => tf.Tensor) => Model;

const BINDERS: Readonly<Record<Architecture, Binder>> = { gpt_neox: bindGptNeox, llama: bindLlama };

/**
 * Makes a model of tensors that are in the engine already; it may make more of them (`Model.tensors` has all).
 * @param tensor gives the tensor of a name (`W_E`, `blocks.0.W_in`, ...)
 */
export const bindModel: Binder = (config, tensor) => BINDERS[config.architecture](config, tensor);

/**
 * Moves a checkpoint's weights into the engine as float32.
 * @param weights under our names (`W_E`, `blocks.0.W_in`, ...), complete
 */
export function loadModel(config: ModelConfig, weights: ReadonlyMap<string, HostTensor>): LoadedModel {
  const model = scoped(
    () =>
      bindModel(config, (name) => {
        const tensor = weights.get(name);
        if (tensor === undefined) throw new Error(`the checkpoint holds no ${name}`);
        return tf.tensor(tensor.data, [...tensor.shape], 'float32');
      }),
    (bound) => bound.tensors,
  );
  return { model, dispose: () => tf.dispose([...model.tensors]) };
}
