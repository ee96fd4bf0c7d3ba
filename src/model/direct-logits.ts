import * as tf from '@tensorflow/tfjs-core';
import type { LayerIndex } from '../domain/ids.js';
import type { Model } from './model.js';

/**
 * Direct logit of each neuron of a layer for each token: v . u_t with v the neuron's output weights and u_t the
 * unembedding column with the final norm's gain folded in, both centred over d_model where the norms are LayerNorms (which ignore that part), and
 * u centred over the vocabulary, so that a constant added to all logits changes nothing (method section 7).
 * @param tokens [n] token ids, e.g. of the answers 0..S
 * @returns [d_mlp, n] row-major
 */
export function directLogits(model: Model, layer: LayerIndex, tokens: Int32Array): Float32Array {
  const block = model.blocks[layer];
  if (block === undefined) throw new RangeError(`layer ${layer} of a model with ${model.blocks.length}`);
  const logits = tf.tidy(() => {
    const folded = tf.mul(model.wU, tf.reshape(model.lnFinal.w, [-1, 1])); // (d_model, d_vocab)
    const centre = (x: tf.Tensor, axis: number): tf.Tensor => tf.sub(x, tf.mean(x, axis, true));
    const centred = model.centredNorms ? centre(folded, 0) : folded;
    const u = centre(centred, 1);
    const columns = tf.gather(u, tf.tensor1d(tokens, 'int32'), 1); // (d_model, n)
    const v = model.centredNorms ? centre(block.out.w, 1) : block.out.w; // (d_mlp, d_model)
    return tf.matMul(v, columns);
  });
  const values = Float32Array.from(logits.dataSync());
  logits.dispose();
  return values;
}
