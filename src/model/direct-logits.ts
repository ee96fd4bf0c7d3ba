import * as tf from '@tensorflow/tfjs-core';
import type { LayerIndex } from '../domain/ids.js';
import type { GptNeox } from './gpt-neox.js';

/**
 * Direct logit of each neuron of a layer for each token: v . u_t with v the neuron's output weights and u_t the
 * unembedding column with the final norm's gain folded in, both centred over d_model (LayerNorm ignores that part), and
 * u centred over the vocabulary, so that a constant added to all logits changes nothing (method section 7).
 * @param tokens [n] token ids, e.g. of the answers 0..S
 * @returns [d_mlp, n] row-major
 */
export function directLogits(model: GptNeox, layer: LayerIndex, tokens: Int32Array): Float32Array {
  const block = model.blocks[layer];
  if (block === undefined) throw new RangeError(`layer ${layer} of a model with ${model.blocks.length}`);
  const logits = tf.tidy(() => {
    const folded = tf.mul(model.wU, tf.reshape(model.lnFinal.w, [-1, 1])); // (d_model, d_vocab)
    const centred = tf.sub(folded, tf.mean(folded, 0, true));
    const u = tf.sub(centred, tf.mean(centred, 1, true));
    const columns = tf.gather(u, tf.tensor1d(tokens, 'int32'), 1); // (d_model, n)
    const v = tf.sub(block.wOut, tf.mean(block.wOut, 1, true)); // (d_mlp, d_model)
    return tf.matMul(v, columns);
  });
  const values = Float32Array.from(logits.dataSync());
  logits.dispose();
  return values;
}
