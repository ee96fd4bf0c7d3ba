import { z } from 'zod';
import { ARCHITECTURES, type ModelConfig } from '../domain/model-config.js';
import { ArchitectureError } from '../errors/checkpoint-errors.js';
import { readKeys } from './architecture.js';
import { ARCHITECTURE_FILES } from './architectures.js';

const ModelType = z.object({ model_type: z.enum(ARCHITECTURES) });

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
  const { model_type: architecture } = readKeys(path, ModelType, json);
  return ARCHITECTURE_FILES[architecture].readConfig(path, json);
}

/** Writes a config.json with the classic keys that every version of transformers reads. */
export function formatModelConfig(config: ModelConfig, bosTokenId: number): string {
  const { architectures, ...peculiar } = ARCHITECTURE_FILES[config.architecture].formatConfig(config);
  const json = {
    architectures,
    model_type: config.architecture,
    hidden_size: config.dModel,
    intermediate_size: config.dMlp,
    num_attention_heads: config.nHeads,
    num_hidden_layers: config.nLayers,
    vocab_size: config.dVocab,
    max_position_embeddings: 16,
    ...peculiar,
    tie_word_embeddings: config.tied,
    bos_token_id: bosTokenId,
    eos_token_id: bosTokenId,
    torch_dtype: 'float16',
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}
