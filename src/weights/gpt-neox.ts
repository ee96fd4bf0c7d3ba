import { z } from 'zod';
import type { ModelConfig } from '../domain/model-config.js';
import {
  checkRotaryDims,
  headSize,
  natural,
  readKeys,
  rule,
  type ArchitectureFiles,
  type NameRule,
} from './architecture.js';

/** The keys of transformers' GPTNeoXConfig. */
const ConfigJson = z.object({
  hidden_size: natural,
  intermediate_size: natural,
  num_attention_heads: natural,
  num_hidden_layers: natural,
  vocab_size: natural,
  layer_norm_eps: z.number().positive().default(1e-5),
  hidden_act: z.literal('gelu').default('gelu'),
  use_parallel_residual: z.literal(true).default(true),
  tie_word_embeddings: z.literal(false).default(false),
  attention_bias: z.literal(true).default(true),
  rotary_pct: z.number().positive().max(1).optional(),
  rotary_emb_base: z.number().positive().optional(),
  rope_scaling: z.null().optional(),
  // transformers 5 writes these in place of the classic keys
  rope_parameters: z
    .object({
      rope_type: z.literal('default').default('default'),
      rope_theta: z.number().positive().optional(),
      partial_rotary_factor: z.number().positive().max(1).optional(),
    })
    .nullish(),
});

/** Names of transformers' GPTNeoXForCausalLM, and ours (after TransformerLens). */
const NAMES: readonly NameRule[] = [
  rule('gpt_neox.embed_in.weight', 'W_E', ['dVocab', 'dModel'], 'asIs'),
  rule('gpt_neox.layers.{l}.input_layernorm.weight', 'blocks.{l}.ln1.w', ['dModel'], 'asIs'),
  rule('gpt_neox.layers.{l}.input_layernorm.bias', 'blocks.{l}.ln1.b', ['dModel'], 'asIs'),
  rule('gpt_neox.layers.{l}.post_attention_layernorm.weight', 'blocks.{l}.ln2.w', ['dModel'], 'asIs'),
  rule('gpt_neox.layers.{l}.post_attention_layernorm.bias', 'blocks.{l}.ln2.b', ['dModel'], 'asIs'),
  rule('gpt_neox.layers.{l}.attention.query_key_value.weight', 'blocks.{l}.W_QKV', ['qkv', 'dModel'], 'qkv'),
  rule('gpt_neox.layers.{l}.attention.query_key_value.bias', 'blocks.{l}.b_QKV', ['qkv'], 'qkv'),
  rule('gpt_neox.layers.{l}.attention.dense.weight', 'blocks.{l}.W_O', ['dModel', 'q'], 'transpose'),
  rule('gpt_neox.layers.{l}.attention.dense.bias', 'blocks.{l}.b_O', ['dModel'], 'asIs'),
  rule('gpt_neox.layers.{l}.mlp.dense_h_to_4h.weight', 'blocks.{l}.W_in', ['dMlp', 'dModel'], 'transpose'),
  rule('gpt_neox.layers.{l}.mlp.dense_h_to_4h.bias', 'blocks.{l}.b_in', ['dMlp'], 'asIs'),
  rule('gpt_neox.layers.{l}.mlp.dense_4h_to_h.weight', 'blocks.{l}.W_out', ['dModel', 'dMlp'], 'transpose'),
  rule('gpt_neox.layers.{l}.mlp.dense_4h_to_h.bias', 'blocks.{l}.b_out', ['dModel'], 'asIs'),
  rule('gpt_neox.final_layer_norm.weight', 'ln_final.w', ['dModel'], 'asIs'),
  rule('gpt_neox.final_layer_norm.bias', 'ln_final.b', ['dModel'], 'asIs'),
  rule('embed_out.weight', 'W_U', ['dVocab', 'dModel'], 'transpose'),
];

function readConfig(path: string, json: unknown): ModelConfig {
  const c = readKeys(path, ConfigJson, json);
  const dHead = headSize(path, c.hidden_size, c.num_attention_heads);
  const fraction = c.rotary_pct ?? c.rope_parameters?.partial_rotary_factor ?? 0.25;
  const rotaryDims = Math.floor(dHead * fraction);
  checkRotaryDims(path, rotaryDims);
  return {
    architecture: 'gpt_neox',
    nLayers: c.num_hidden_layers,
    dModel: c.hidden_size,
    nHeads: c.num_attention_heads,
    nKvHeads: c.num_attention_heads,
    dHead,
    dMlp: c.intermediate_size,
    dVocab: c.vocab_size,
    rotaryDims,
    rotaryBase: c.rotary_emb_base ?? c.rope_parameters?.rope_theta ?? 10_000,
    rotaryScaling: null,
    eps: c.layer_norm_eps,
    gated: false,
    tied: false,
    attentionBias: true,
    mlpBias: true,
  };
}

/** Pythia's architecture: fused queries, keys and values, and buffers in the files of older revisions. */
export const GPT_NEOX: ArchitectureFiles = {
  readConfig,
  formatConfig: (config) => ({
    architectures: ['GPTNeoXForCausalLM'],
    layer_norm_eps: config.eps,
    hidden_act: 'gelu',
    rotary_pct: config.rotaryDims / config.dHead,
    rotary_emb_base: config.rotaryBase,
    use_parallel_residual: true,
  }),
  names: () => NAMES,
  ignored: /^gpt_neox\.layers\.\d+\.attention\.(bias|masked_bias|rotary_emb\.inv_freq)$/,
};
