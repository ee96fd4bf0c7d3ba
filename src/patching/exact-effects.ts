import * as tf from '@tensorflow/tfjs-core';
import { layerIndex, type LayerIndex, type NeuronId } from '../domain/ids.js';
import type { PromptPair } from '../domain/prompt.js';
import type { Model } from '../model/model.js';
import { POSITIONS, type PromptTokens } from '../model/prompt-tokens.js';
import { scoped } from '../model/scope.js';
import { cleanBase, logitEffects, paperEffects, type CleanBase, type EffectOptions } from './clean-base.js';
import { runPatched } from './patched-run.js';

export interface ExactOptions extends EffectOptions {
  /** In logits (two columns of the unembedding), or the paper's E (the whole vocabulary). Default `logit`. */
  readonly form?: 'logit' | 'E';
}

const DEFAULT_BATCH = 2048;

const EFFECTS = { logit: logitEffects, E: paperEffects } as const;

/**
 * Effect of replacing one neuron's `mlp_post` at the last position by its value in the corrupted run (method sections 3
 * and 4): (a' - a) W_out[n] joins the clean residual after the neuron's block, and the blocks above run at that one
 * position with the clean run's keys and values.
 * Cost: two full forward passes a pair, and neurons x pairs x one token from the block above the neuron upwards.
 * @returns [neurons x pairs] row-major, in logits; with form `E` a value that overflows is infinite
 * @throws RangeError when a layer or neuron is not in the model, or a number of a prompt is not a single token
 */
export async function exactNeuronEffects(
  model: Model,
  tokens: PromptTokens,
  pairs: readonly PromptPair[],
  neurons: readonly NeuronId[],
  { batch = DEFAULT_BATCH, onBatch, form = 'logit' }: ExactOptions = {},
): Promise<Float32Array> {
  const groups = byLayer(model, neurons);
  const effects = new Float32Array(neurons.length * pairs.length);
  for (let start = 0; start < pairs.length && neurons.length > 0; start += batch) {
    await onBatch?.();
    const chunk = pairs.slice(start, start + batch);
    const perBatch = Math.max(1, Math.floor(batch / chunk.length));
    const base = cleanBase(model, tokens, chunk, ['mlp_post']);
    try {
      for (const { layer, members } of groups)
        for (let first = 0; first < members.length; first += perBatch) {
          await onBatch?.();
          const some = members.slice(first, first + perBatch);
          const ids = Int32Array.from(some, ({ neuron }) => neuron);
          const found = scoped(
            () => EFFECTS[form](model, base, patchNeurons(model, base, layer, ids)),
            () => [],
          );
          some.forEach(({ row }, i) => {
            const own = found.subarray(i * chunk.length, (i + 1) * chunk.length);
            effects.set(own, row * pairs.length + start);
          });
        }
    } finally {
      tf.dispose([...base.tensors]);
    }
  }
  return effects;
}

interface LayerGroup {
  readonly layer: LayerIndex;
  /** Neurons of the layer and their rows in the result. */
  readonly members: readonly { readonly neuron: number; readonly row: number }[];
}

function byLayer({ config }: Model, neurons: readonly NeuronId[]): LayerGroup[] {
  for (const { layer, neuron } of neurons)
    if (layer >= config.nLayers || neuron >= config.dMlp)
      throw new RangeError(
        `neuron ${neuron} of layer ${layer}: the model has ${config.nLayers} x ${config.dMlp}`,
      );
  const rows = neurons.map(({ layer, neuron }, row) => ({ layer, neuron, row }));
  return [...new Set(neurons.map(({ layer }) => layer))].map((layer) => ({
    layer,
    members: rows.filter((row) => row.layer === layer),
  }));
}

/** @param ids [neurons] @returns the last `resid_post` of the patched runs, [neurons x pairs, d_model] */
function patchNeurons(model: Model, { runs }: CleanBase, layer: LayerIndex, ids: Int32Array): tf.Tensor {
  const block = model.blocks[layer];
  if (block === undefined) throw new RangeError(`layer ${layer} of a model with ${model.blocks.length}`);
  const at = (run: 'clean' | 'corrupted', name: 'mlp_post' | 'resid_post'): tf.Tensor =>
    runs[run].at(name, layer, POSITIONS.equals);
  const indices = tf.tensor1d(ids, 'int32');
  const written = tf.gather(block.out.w, indices); // (neurons, d_model)
  const changes = tf.gather(tf.sub(at('corrupted', 'mlp_post'), at('clean', 'mlp_post')), indices, 1);
  const perNeuron = tf.reshape(tf.transpose(changes), [ids.length, runs.pairs, 1]);
  const [, width = 0] = written.shape;
  const patched = tf.add(
    tf.mul(perNeuron, tf.reshape(written, [ids.length, 1, width])),
    at('clean', 'resid_post'),
  );
  return runPatched(model, {
    start: { layer: layerIndex(layer + 1), resid: tf.reshape(patched, [-1, 1, width]) },
    clean: runs.clean.cache,
    position: POSITIONS.equals,
    times: ids.length,
  });
}
