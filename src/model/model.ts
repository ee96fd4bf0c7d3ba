import type * as tf from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../domain/model-config.js';
import type { HookName } from './hooks.js';

/** What a normalisation does after standardising: times `w`, plus `b` where it has one; each [d_model]. */
export interface Gain {
  readonly w: tf.Tensor;
  readonly b: tf.Tensor | null;
}

/** A matrix [in, out], and a bias [out] where it has one. */
export interface Projection {
  readonly w: tf.Tensor;
  readonly b: tf.Tensor | null;
}

/** The tensors of a matrix or gain, its bias among them where it has one; none of a gain that is folded. */
export function tensorsOf(part: Projection | null): tf.Tensor[] {
  if (part === null) return [];
  return part.b === null ? [part.w] : [part.w, part.b];
}

/** Reports the value at a hook point of one block, and goes on with what the hook returns. */
export interface At {
  (name: HookName, value: tf.Tensor): tf.Tensor;
  /** Whether anybody looks at a point; where not, its value need not be computed. */
  readonly looks: (name: HookName) => boolean;
}

/** Reports to nobody. */
export const AT_NONE: At = Object.assign((_name: HookName, value: tf.Tensor) => value, {
  looks: () => false,
});

/** How a model is made of its tensors. */
export interface BindOptions {
  /** Folds what norms multiply and add into the weights that read it: for models that are not trained. */
  readonly folded?: boolean;
  /** Told of tensors that the model needs no more. */
  readonly spent?: (tensor: tf.Tensor) => void;
}

/** One transformer block of any architecture, its weights in the engine. */
export interface Block {
  /** Before the attention; null where it is folded into `q`, `k` and `v`. */
  readonly ln1: Gain | null;
  /** Before the MLP; null where it is folded into what `neurons` reads. */
  readonly ln2: Gain | null;
  /** [d_model, heads x d_head], columns head after head */
  readonly q: Projection;
  /** [d_model, kv heads x d_head] */
  readonly k: Projection;
  /** [d_model, kv heads x d_head] */
  readonly v: Projection;
  /** [heads x d_head, d_model] */
  readonly o: Projection;
  /** [d_mlp, d_model] */
  readonly out: Projection;
  /** From the normalised residual [batch, pos, d_model] to `mlp_post` [batch, pos, d_mlp]. */
  readonly neurons: (x: tf.Tensor, at: At) => tf.Tensor;
}

/**
 * A model in the engine. What architectures differ in is data and functions here, so that `forward` and every measure
 * serve them all; the files named after them build it.
 */
export interface Model {
  readonly config: ModelConfig;
  /** [d_vocab, d_model] */
  readonly wE: tf.Tensor;
  readonly blocks: readonly Block[];
  /** Attention and MLP read the same residual stream (GPT-NeoX), or the MLP reads what the attention wrote (Llama). */
  readonly parallelResidual: boolean;
  /** What every norm begins with: scales [..., d_model] to unit variance, and centres it where it is a LayerNorm. */
  readonly standardise: (x: tf.Tensor) => tf.Tensor;
  /** Whether the norms centre over d_model: then a direction of equal entries says nothing. */
  readonly centredNorms: boolean;
  readonly lnFinal: Gain;
  /** [d_model, d_vocab] */
  readonly wU: tf.Tensor;
  /** Every tensor above, to free the model. */
  readonly tensors: readonly tf.Tensor[];
}
