import * as tf from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../domain/model-config.js';
import { tensorsOf, type Block, type Gain, type Model, type Projection } from './model.js';
import { gelu, linear, normalise } from './ops.js';

/**
 * A GPT-NeoX with parallel residual (Black et al. 2022): LayerNorms, exact GELU, biases everywhere but in the
 * unembedding. The fused `W_QKV` and `b_QKV` become new tensors.
 * @param tensor gives the tensor of a name (`W_E`, `blocks.0.W_in`, ...)
 * @param spent is told of `W_QKV` and `b_QKV` once they are taken apart
 */
export function bindGptNeox(
  config: ModelConfig,
  tensor: (name: string) => tf.Tensor,
  spent: (tensor: tf.Tensor) => void = () => undefined,
): Model {
  const gain = (name: string): Required<Gain> => ({ w: tensor(`${name}.w`), b: tensor(`${name}.b`) });
  const wE = tensor('W_E');
  const wU = tensor('W_U');
  const lnFinal = gain('ln_final');
  const blocks = Array.from({ length: config.nLayers }, (_, l): Block & { tensors: tf.Tensor[] } => {
    const own = (name: string): tf.Tensor => tensor(`blocks.${l}.${name}`);
    const wIn = own('W_in');
    const bIn = own('b_in');
    const fused = { w: own('W_QKV'), b: own('b_QKV') };
    const parts = {
      ln1: gain(`blocks.${l}.ln1`),
      ln2: gain(`blocks.${l}.ln2`),
      ...splitQkv(fused),
      o: { w: own('W_O'), b: own('b_O') },
      out: { w: own('W_out'), b: own('b_out') },
    };
    tensorsOf(fused).forEach(spent);
    return {
      ...parts,
      neurons: (x, at) => at('mlp_post', gelu(at('mlp_pre', linear(x, wIn, bIn)))),
      tensors: [wIn, bIn, ...Object.values(parts).flatMap(tensorsOf)],
    };
  });
  return {
    config,
    wE,
    blocks,
    parallelResidual: true,
    standardise: (x) => normalise(x, config.eps),
    centredNorms: true,
    lnFinal,
    wU,
    tensors: [wE, wU, ...tensorsOf(lnFinal), ...blocks.flatMap((block) => block.tensors)],
  };
}

/** Separate products cost less on `wasm` than splitting a fused one, row by row. */
function splitQkv({ w, b }: Record<'w' | 'b', tf.Tensor>): Record<'q' | 'k' | 'v', Projection> {
  const [wQ, wK, wV] = tf.split(w, 3, 1);
  const [bQ, bK, bV] = tf.split(b, 3, 0);
  if (!wQ || !wK || !wV || !bQ || !bK || !bV) throw new Error('W_QKV did not split in three');
  return { q: { w: wQ, b: bQ }, k: { w: wK, b: bK }, v: { w: wV, b: bV } };
}
