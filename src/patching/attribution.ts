import * as tf from '@tensorflow/tfjs-core';
import type { LayerIndex } from '../domain/ids.js';
import type { PromptPair } from '../domain/prompt.js';
import { registerGradients } from '../model/gradients.js';
import type { Model } from '../model/model.js';
import { POSITIONS, type PromptTokens } from '../model/prompt-tokens.js';
import { scoped } from '../model/scope.js';
import { answerColumns, halfDifference } from './answers.js';
import type { EffectOptions } from './clean-base.js';
import { runPatched } from './patched-run.js';
import { recordPairs } from './recorded-run.js';

/** Attributed effects of a layer's neurons. */
export interface LayerAttribution {
  readonly layer: LayerIndex;
  /** [pairs x d_mlp] row-major, in logits */
  readonly effects: Float32Array;
}

export interface AttributionOptions extends EffectOptions {
  /** Layers whose neurons are attributed; one backward pass serves all. */
  readonly layers: readonly LayerIndex[];
}

const DEFAULT_BATCH = 512;

/**
 * Attribution patching of every neuron: (a' - a) dE/da at the clean run, for `mlp_post` at the last position (method
 * section 4; Nanda 2023). There dE/da is the gradient of (z(r') - z(r)) / 2 exactly, so two columns of the unembedding
 * are all that is needed, and no other prompt of the batch has a part in a prompt's gradient.
 * Cost a pair: two full forward passes, and one forward and backward pass of one token from the lowest layer upwards.
 * @throws RangeError when a layer is not in the model, or a number of a prompt is not a single token
 */
export async function attributeNeurons(
  model: Model,
  tokens: PromptTokens,
  pairs: readonly PromptPair[],
  { layers, batch = DEFAULT_BATCH, onBatch }: AttributionOptions,
): Promise<LayerAttribution[]> {
  registerGradients();
  const { dMlp, nLayers } = model.config;
  for (const layer of layers)
    if (layer >= nLayers) throw new RangeError(`layer ${layer} of a model with ${nLayers}`);
  const result = layers.map((layer) => ({ layer, effects: new Float32Array(pairs.length * dMlp) }));
  for (let start = 0; start < pairs.length && layers.length > 0; start += batch) {
    await onBatch?.();
    const found = attributeBatch(model, tokens, pairs.slice(start, start + batch), layers);
    found.forEach((effects, i) => result[i]?.effects.set(effects, start * dMlp));
  }
  return result;
}

/** @returns per layer [pairs x d_mlp] */
function attributeBatch(
  model: Model,
  tokens: PromptTokens,
  pairs: readonly PromptPair[],
  layers: readonly LayerIndex[],
): Float32Array[] {
  const lowest = layers.reduce((least, layer) => (layer < least ? layer : least));
  return scoped(
    () => {
      const { clean, corrupted } = recordPairs(model, tokens, pairs, ['resid_pre', 'mlp_post']);
      const columns = answerColumns(model, tokens, pairs);
      const resid = clean.from('resid_pre', lowest, POSITIONS.equals);
      const value = (...nudges: tf.Tensor[]): tf.Tensor => {
        const final = runPatched(model, {
          start: { layer: lowest, resid },
          clean: clean.cache,
          position: POSITIONS.equals,
          times: 1,
          hook: ({ name, layer }, post) => {
            const nudge = layer === null || name !== 'mlp_post' ? undefined : nudges[layers.indexOf(layer)];
            return nudge === undefined ? post : tf.add(post, tf.reshape(nudge, post.shape));
          },
        });
        return tf.sum(halfDifference(model, final, columns));
      };
      const nothing = layers.map(() => tf.zeros([pairs.length, model.config.dMlp]));
      const gradients = tf.grads(value)(nothing);
      return layers.map((layer, i) => {
        const [before, after] = [clean, corrupted].map((run) => run.at('mlp_post', layer, POSITIONS.equals));
        const gradient = gradients[i];
        if (before === undefined || after === undefined || gradient === undefined)
          throw new Error(`layer ${layer} has no gradient`);
        return Float32Array.from(tf.mul(tf.sub(after, before), gradient).dataSync());
      });
    },
    () => [],
  );
}
