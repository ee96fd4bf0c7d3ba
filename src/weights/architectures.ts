import type { Architecture, ModelConfig } from '../domain/model-config.js';
import type { ArchitectureFiles } from './architecture.js';
import { GPT_NEOX } from './gpt-neox.js';
import type { Layout } from './layout.js';
import { LLAMA } from './llama.js';

/** How the files of each architecture are read. */
export const ARCHITECTURE_FILES: Readonly<Record<Architecture, ArchitectureFiles>> = {
  gpt_neox: GPT_NEOX,
  llama: LLAMA,
};

/** One tensor of a model: where it is stored, what we call it, and its shape on both sides. */
export interface WeightSpec {
  readonly stored: string;
  /** The tensor read where the file has no `stored`. */
  readonly orElse: string | null;
  readonly ours: string;
  readonly storedShape: readonly number[];
  readonly layout: Layout;
}

/** All tensors of a model of this shape, in a fixed order. */
export function weightSpecs(config: ModelConfig): WeightSpec[] {
  const [q, kv] = [config.nHeads * config.dHead, config.nKvHeads * config.dHead];
  const size = { ...config, q, kv, qkv: q + 2 * kv };
  const layers = Array.from({ length: config.nLayers }, (_, l) => String(l));
  return ARCHITECTURE_FILES[config.architecture].names(config).flatMap((rule) =>
    (rule.stored.includes('{l}') ? layers : ['']).map((l) => ({
      stored: rule.stored.replace('{l}', l),
      orElse: rule.orElse?.replace('{l}', l) ?? null,
      ours: rule.ours.replace('{l}', l),
      storedShape: rule.shape.map((d) => size[d]),
      layout: rule.layout,
    })),
  );
}
