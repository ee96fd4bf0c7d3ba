import * as tf from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../domain/model-config.js';
import { folder } from './fold.js';
import { tensorsOf, type BindOptions, type Block, type Gain, type Model, type Projection } from './model.js';
import { linear, rmsNormalise, silu } from './ops.js';

/**
 * A Llama (Touvron et al. 2023): RMSNorms without biases, a gated MLP with SiLU (Shazeer 2020), attention and MLP one
 * after the other; biases of the projections where the configuration has them.
 * @param tensor gives the tensor of a name (`W_E`, `blocks.0.W_gate`, ...)
 */
export function bindLlama(
  config: ModelConfig,
  tensor: (name: string) => tf.Tensor,
  options: BindOptions = {},
): Model {
  const { attentionBias, mlpBias } = config;
  const gain = (name: string): Gain => ({ w: tensor(`${name}.w`), b: null });
  const wE = tensor('W_E');
  const wU = tensor('W_U');
  const lnFinal = gain('ln_final');
  const fold = folder(options);
  const blocks = Array.from({ length: config.nLayers }, (_, l): Block & { tensors: tf.Tensor[] } => {
    const projection = (name: string, biased: boolean): Projection => ({
      w: tensor(`blocks.${l}.W_${name}`),
      b: biased ? tensor(`blocks.${l}.b_${name}`) : null,
    });
    const [ln1, ln2] = [gain(`blocks.${l}.ln1`), gain(`blocks.${l}.ln2`)];
    const gate = fold.into(projection('gate', mlpBias), ln2);
    const up = fold.into(projection('in', mlpBias), ln2);
    const parts = {
      q: fold.into(projection('Q', attentionBias), ln1),
      k: fold.into(projection('K', attentionBias), ln1),
      v: fold.into(projection('V', attentionBias), ln1),
      o: projection('O', attentionBias),
      out: projection('out', mlpBias),
    };
    const norms = { ln1: fold.rest(ln1), ln2: fold.rest(ln2) };
    return {
      ...parts,
      ...norms,
      neurons: (x, at) => {
        const open = silu(at('mlp_pre', linear(x, gate.w, gate.b)));
        return at('mlp_post', tf.mul(open, at('mlp_pre_linear', linear(x, up.w, up.b))));
      },
      tensors: [gate, up, ...Object.values(parts), ...Object.values(norms)].flatMap(tensorsOf),
    };
  });
  return {
    config,
    wE,
    blocks,
    parallelResidual: false,
    standardise: (x) => rmsNormalise(x, config.eps),
    centredNorms: false,
    lnFinal,
    wU,
    tensors: [wE, wU, ...tensorsOf(lnFinal), ...blocks.flatMap((block) => block.tensors)],
  };
}
