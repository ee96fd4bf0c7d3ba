import { z } from 'zod';
import type { ModelConfig, RotaryScaling } from '../domain/model-config.js';
import { ArchitectureError } from '../errors/checkpoint-errors.js';
import {
  checkRotaryDims,
  headSize,
  natural,
  readKeys,
  rule,
  type ArchitectureFiles,
  type NameRule,
} from './architecture.js';

const ropeType = z.enum(['default', 'llama3']);
const positive = z.number().positive();

/** Rotary settings: `rope_scaling` of old, or transformers 5's `rope_parameters`. */
const Rope = z.object({
  rope_type: ropeType.optional(),
  // the oldest files call it so
  type: ropeType.optional(),
  rope_theta: positive.optional(),
  partial_rotary_factor: z.literal(1).optional(),
  factor: positive.optional(),
  low_freq_factor: positive.optional(),
  high_freq_factor: positive.optional(),
  original_max_position_embeddings: natural.optional(),
});

/** The keys of transformers' LlamaConfig. */
const ConfigJson = z.object({
  hidden_size: natural,
  intermediate_size: natural,
  num_attention_heads: natural,
  num_key_value_heads: natural.nullish(),
  head_dim: natural.nullish(),
  num_hidden_layers: natural,
  vocab_size: natural,
  rms_norm_eps: positive.default(1e-6),
  hidden_act: z.literal('silu').default('silu'),
  tie_word_embeddings: z.boolean().default(false),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  rope_theta: positive.optional(),
  rope_scaling: Rope.nullish(),
  rope_parameters: Rope.nullish(),
});

const LAYER = 'model.layers.{l}';
const EMBEDDING = 'model.embed_tokens.weight';

/** A projection of torch's Linear, and its bias where the configuration has it. */
function projection(
  stored: string,
  ours: string,
  [out, into]: readonly [NameRule['shape'][number], NameRule['shape'][number]],
  biased: boolean,
): NameRule[] {
  const weight = rule(`${LAYER}.${stored}.weight`, `blocks.{l}.W_${ours}`, [out, into], 'transpose');
  return biased ? [weight, rule(`${LAYER}.${stored}.bias`, `blocks.{l}.b_${ours}`, [out], 'asIs')] : [weight];
}

/** Names of transformers' LlamaForCausalLM, and ours (after TransformerLens, whose `W_in` is the up projection). */
function names({ attentionBias, mlpBias, tied }: ModelConfig): NameRule[] {
  const unembedding = rule('lm_head.weight', 'W_U', ['dVocab', 'dModel'], 'transpose');
  return [
    rule(EMBEDDING, 'W_E', ['dVocab', 'dModel'], 'asIs'),
    rule(`${LAYER}.input_layernorm.weight`, 'blocks.{l}.ln1.w', ['dModel'], 'asIs'),
    rule(`${LAYER}.post_attention_layernorm.weight`, 'blocks.{l}.ln2.w', ['dModel'], 'asIs'),
    ...projection('self_attn.q_proj', 'Q', ['q', 'dModel'], attentionBias),
    ...projection('self_attn.k_proj', 'K', ['kv', 'dModel'], attentionBias),
    ...projection('self_attn.v_proj', 'V', ['kv', 'dModel'], attentionBias),
    ...projection('self_attn.o_proj', 'O', ['dModel', 'q'], attentionBias),
    ...projection('mlp.gate_proj', 'gate', ['dMlp', 'dModel'], mlpBias),
    ...projection('mlp.up_proj', 'in', ['dMlp', 'dModel'], mlpBias),
    ...projection('mlp.down_proj', 'out', ['dModel', 'dMlp'], mlpBias),
    rule('model.norm.weight', 'ln_final.w', ['dModel'], 'asIs'),
    // As transformers 5: what the file of a tied model says of the unembedding counts, even where it is not the embedding.
    tied ? { ...unembedding, orElse: EMBEDDING } : unembedding,
  ];
}

/** @throws ArchitectureError when a factor that the scaling needs is missing */
function scalingOf(path: string, key: string, rope: z.infer<typeof Rope>): RotaryScaling | null {
  if ((rope.rope_type ?? rope.type ?? 'default') === 'default') return null;
  const needed = <K extends keyof typeof rope>(name: K): NonNullable<(typeof rope)[K]> => {
    const value = rope[name];
    if (value === undefined)
      throw new ArchitectureError(path, `${key}.${name}: missing, llama3 scaling needs it`);
    return value;
  };
  const scaling = {
    factor: needed('factor'),
    lowFreqFactor: needed('low_freq_factor'),
    highFreqFactor: needed('high_freq_factor'),
    originalPositions: needed('original_max_position_embeddings'),
  };
  if (scaling.highFreqFactor <= scaling.lowFreqFactor)
    throw new ArchitectureError(path, `${key}.high_freq_factor: must exceed low_freq_factor`);
  return scaling;
}

function readConfig(path: string, json: unknown): ModelConfig {
  const c = readKeys(path, ConfigJson, json);
  const nHeads = c.num_attention_heads;
  const nKvHeads = c.num_key_value_heads ?? nHeads;
  const dHead = c.head_dim ?? headSize(path, c.hidden_size, nHeads);
  checkRotaryDims(path, dHead);
  if (nHeads % nKvHeads !== 0)
    throw new ArchitectureError(path, `num_key_value_heads: ${nHeads} heads do not divide among ${nKvHeads}`);
  // Where both are given the older key wins, as in transformers 5.
  const key = (c.rope_scaling ?? null) === null ? 'rope_parameters' : 'rope_scaling';
  const rope = c[key] ?? {};
  return {
    architecture: 'llama',
    nLayers: c.num_hidden_layers,
    dModel: c.hidden_size,
    nHeads,
    nKvHeads,
    dHead,
    dMlp: c.intermediate_size,
    dVocab: c.vocab_size,
    rotaryDims: dHead,
    rotaryBase: rope.rope_theta ?? c.rope_theta ?? 10_000,
    rotaryScaling: scalingOf(path, key, rope),
    eps: c.rms_norm_eps,
    gated: true,
    tied: c.tie_word_embeddings,
    attentionBias: c.attention_bias,
    mlpBias: c.mlp_bias,
  };
}

/** Llama 2 and 3, SmolLM2, Amber, TinyLlama and others of transformers' LlamaForCausalLM. */
export const LLAMA: ArchitectureFiles = {
  readConfig,
  formatConfig: (config) => ({
    architectures: ['LlamaForCausalLM'],
    num_key_value_heads: config.nKvHeads,
    head_dim: config.dHead,
    rms_norm_eps: config.eps,
    hidden_act: 'silu',
    attention_bias: config.attentionBias,
    mlp_bias: config.mlpBias,
    rope_theta: config.rotaryBase,
    rope_scaling: config.rotaryScaling && {
      rope_type: 'llama3',
      factor: config.rotaryScaling.factor,
      low_freq_factor: config.rotaryScaling.lowFreqFactor,
      high_freq_factor: config.rotaryScaling.highFreqFactor,
      original_max_position_embeddings: config.rotaryScaling.originalPositions,
    },
  }),
  names,
  ignored: /^model\.(layers\.\d+\.self_attn\.)?rotary_emb\.inv_freq$/,
};
