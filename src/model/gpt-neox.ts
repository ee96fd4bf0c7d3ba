import * as tf from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../domain/model-config.js';
import { folder } from './fold.js';
import { fuses } from './fused-product.js';
import { tensorsOf, type BindOptions, type Block, type Gain, type Model, type Projection } from './model.js';
import { gelu, GELU_SCALE, linear, linearGelu, normalise, scaledGelu } from './ops.js';

/**
 * A GPT-NeoX with parallel residual (Black et al. 2022): LayerNorms, exact GELU, biases everywhere but in the
 * unembedding. The fused `W_QKV` and `b_QKV` become new tensors, and so does what norms are folded into.
 * @param tensor gives the tensor of a name (`W_E`, `blocks.0.W_in`, ...)
 */
export function bindGptNeox(
  config: ModelConfig,
  tensor: (name: string) => tf.Tensor,
  options: BindOptions = {},
): Model {
  const gain = (name: string): Required<Gain> => ({ w: tensor(`${name}.w`), b: tensor(`${name}.b`) });
  const wE = tensor('W_E');
  const wU = tensor('W_U');
  const lnFinal = gain('ln_final');
  const fold = folder(options);
  const blocks = Array.from({ length: config.nLayers }, (_, l): Block & { tensors: tf.Tensor[] } => {
    const own = (name: string): tf.Tensor => tensor(`blocks.${l}.${name}`);
    const [ln1, ln2] = [gain(`blocks.${l}.ln1`), gain(`blocks.${l}.ln2`)];
    const fused = fold.into({ w: own('W_QKV'), b: own('b_QKV') }, ln1);
    // An engine that takes the GELU inside the product reads unscaled sums.
    const scale = fuses('gelu') ? 1 : GELU_SCALE;
    const read = fold.into({ w: own('W_in'), b: own('b_in') }, ln2, scale);
    const parts = {
      ...splitQkv(fused),
      o: { w: own('W_O'), b: own('b_O') },
      out: { w: own('W_out'), b: own('b_out') },
    };
    tensorsOf(fused).forEach((one) => options.spent?.(one));
    const norms = { ln1: fold.rest(ln1), ln2: fold.rest(ln2) };
    return {
      ...parts,
      ...norms,
      neurons: norms.ln2 === null && scale !== 1 ? scaledNeurons(read) : plainNeurons(read),
      tensors: [read, ...Object.values(parts), ...Object.values(norms)].flatMap(tensorsOf),
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
function splitQkv({ w, b }: Projection): Record<'q' | 'k' | 'v', Projection> {
  const [wQ, wK, wV] = tf.split(w, 3, 1);
  const [bQ, bK, bV] = b === null ? [] : tf.split(b, 3, 0);
  if (!wQ || !wK || !wV || !bQ || !bK || !bV) throw new Error('W_QKV did not split in three');
  return { q: { w: wQ, b: bQ }, k: { w: wK, b: bK }, v: { w: wV, b: bV } };
}

function plainNeurons({ w, b }: Projection): Block['neurons'] {
  return (x, at) =>
    at('mlp_post', at.looks('mlp_pre') ? gelu(at('mlp_pre', linear(x, w, b))) : linearGelu(x, w, b));
}

/** @param read gives GELU_SCALE times `mlp_pre` */
function scaledNeurons({ w, b }: Projection): Block['neurons'] {
  return (x, at) => {
    const scaled = linear(x, w, b);
    if (at.looks('mlp_pre')) {
      const pre = tf.div(scaled, GELU_SCALE);
      const seen = at('mlp_pre', pre);
      if (seen !== pre) return at('mlp_post', gelu(seen));
    }
    return at('mlp_post', scaledGelu(scaled));
  };
}
