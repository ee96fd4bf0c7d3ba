import { z } from 'zod';
import type { ModelConfig } from '../domain/model-config.js';
import { ArchitectureError } from '../errors/errors.js';

const natural = z.int().positive();

/** The keys of a GPT-NeoX config.json that change what the model computes (transformers' GPTNeoXConfig). */
const GptNeoxJson = z.object({
  model_type: z.literal('gpt_neox'),
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

/**
 * Reads a Hub config.json into our names.
 * @param path named in errors
 * @throws ArchitectureError for another architecture, an option that would change the result, or invalid JSON
 */
export function parseModelConfig(path: string, text: string): ModelConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ArchitectureError(path, 'is not JSON');
  }
  const parsed = GptNeoxJson.safeParse(json);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new ArchitectureError(path, problems.join('; '));
  }
  const c = parsed.data;
  const dHead = c.hidden_size / c.num_attention_heads;
  const fraction = c.rotary_pct ?? c.rope_parameters?.partial_rotary_factor ?? 0.25;
  const rotaryDims = Math.floor(dHead * fraction);
  if (!Number.isInteger(dHead))
    throw new ArchitectureError(
      path,
      `hidden_size ${c.hidden_size} is no multiple of ${c.num_attention_heads} heads`,
    );
  if (rotaryDims % 2 !== 0)
    throw new ArchitectureError(path, `${rotaryDims} rotary dimensions per head: the number must be even`);
  return {
    architecture: 'gpt_neox',
    nLayers: c.num_hidden_layers,
    dModel: c.hidden_size,
    nHeads: c.num_attention_heads,
    dHead,
    dMlp: c.intermediate_size,
    dVocab: c.vocab_size,
    rotaryDims,
    rotaryBase: c.rotary_emb_base ?? c.rope_parameters?.rope_theta ?? 10_000,
    layerNormEps: c.layer_norm_eps,
  };
}

/** Writes a config.json with the classic keys that every version of transformers reads. */
export function formatModelConfig(config: ModelConfig, bosTokenId: number): string {
  const json = {
    architectures: ['GPTNeoXForCausalLM'],
    model_type: config.architecture,
    hidden_size: config.dModel,
    intermediate_size: config.dMlp,
    num_attention_heads: config.nHeads,
    num_hidden_layers: config.nLayers,
    vocab_size: config.dVocab,
    max_position_embeddings: 16,
    layer_norm_eps: config.layerNormEps,
    hidden_act: 'gelu',
    rotary_pct: config.rotaryDims / config.dHead,
    rotary_emb_base: config.rotaryBase,
    use_parallel_residual: true,
    tie_word_embeddings: false,
    bos_token_id: bosTokenId,
    eos_token_id: bosTokenId,
    torch_dtype: 'float16',
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}
