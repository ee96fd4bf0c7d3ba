import * as tf from '@tensorflow/tfjs-core';
import type { LayerIndex } from '../domain/ids.js';
import { PROMPT_LENGTH, type Prompt } from '../domain/prompt.js';
import { forward } from '../model/forward.js';
import { hookOn } from '../model/hooks.js';
import type { Model } from '../model/model.js';
import { promptIds, type PromptTokens } from '../model/prompt-tokens.js';
import { scoped } from '../model/scope.js';

/** One prompt's run, as far as the composition of its logits needs it. */
export interface RecordedPrompt {
  /** [layers x d_mlp] `mlp_post` at `=` of the layers asked for */
  readonly activations: Float32Array;
  /** What the final norm multiplies the (centred) residual stream at `=` by. */
  readonly scale: number;
  /** [d_vocab] logits at `=`, centred over the vocabulary */
  readonly logits: Float32Array;
}

/**
 * Runs a prompt and records the neurons of some layers, the final norm's scale and the logits. Cost: one forward pass.
 * @throws RangeError when a number of the prompt is not a single token
 */
export function recordPrompt(
  model: Model,
  tokens: PromptTokens,
  prompt: Prompt,
  layers: readonly LayerIndex[],
): RecordedPrompt {
  return scoped(
    () => {
      const posts = new Map<LayerIndex, Float32Array>();
      const finals: tf.Tensor[] = [];
      const hook = hookOn(['mlp_post', 'resid_post'], ({ name, layer }, value) => {
        if (name === 'mlp_post' && layer !== null) posts.set(layer, lastRow(value));
        if (name === 'resid_post' && layer === model.config.nLayers - 1) finals.push(value);
        return value;
      });
      const input = tf.tensor2d(promptIds(tokens, [prompt]), [1, PROMPT_LENGTH], 'int32');
      const { logits } = forward(model, input, { hook, positions: 'last', cache: false });
      const [final] = finals;
      if (logits === null || final === undefined) throw new Error('the forward pass gave no logits');
      return {
        activations: Float32Array.from(layers.flatMap((layer) => [...(posts.get(layer) ?? [])])),
        scale: scaleOf(model, final),
        logits: lastRow(tf.sub(logits, tf.mean(logits, -1, true))),
      };
    },
    () => [],
  );
}

/** Values at the last position of one prompt. @param x [1, pos, d] */
function lastRow(x: tf.Tensor): Float32Array {
  const values = x.dataSync();
  return Float32Array.from(values.slice(values.length - (x.shape.at(-1) ?? 0)));
}

/** @param resid [1, pos, d_model]; the scale of its last position */
function scaleOf(model: Model, resid: tf.Tensor): number {
  const centred = model.centredNorms ? tf.sub(resid, tf.mean(resid, -1, true)) : resid;
  const norm = (x: tf.Tensor): number => Math.hypot(...lastRow(x));
  return norm(model.standardise(resid)) / norm(centred);
}
