import type { ModelConfig } from '../domain/model-config.js';

/** What a model's size follows from. */
export type ModelShape = Pick<
  ModelConfig,
  'architecture' | 'nLayers' | 'dModel' | 'nHeads' | 'dMlp' | 'dVocab'
> &
  Partial<Pick<ModelConfig, 'nKvHeads' | 'dHead' | 'tied'>>;

/** Bytes of one value, by the names that safetensors uses. */
export const DTYPE_BYTES = { F32: 4, F16: 2, BF16: 2 } as const;

/**
 * Numbers in a model's weights, buffers not counted: GPT-NeoX with biases everywhere but in the embeddings, Llama
 * without any.
 */
export function parameterCount(model: ModelShape): number {
  const { architecture, nLayers, dModel: d, nHeads, dMlp: m, dVocab } = model;
  const { nKvHeads = nHeads, dHead = d / nHeads, tied = false } = model;
  const queries = dHead * nHeads;
  const keys = dHead * nKvHeads;
  const embeddings = dVocab * d * (tied ? 1 : 2);
  const attention = 2 * d * (queries + keys);
  if (architecture === 'llama') return embeddings + nLayers * (attention + 3 * d * m + 2 * d) + d;
  const biases = queries + 2 * keys + d + m + d;
  // Each of the two norms of a layer, and the last one, has a weight and a bias.
  return embeddings + nLayers * (attention + 2 * d * m + biases + 4 * d) + 2 * d;
}

export interface AnalysisSize {
  /** Layers whose neurons are recorded. */
  readonly heuristicLayers: number;
  /** Share of these layers' neurons that is recorded: the top ones, or 1. */
  readonly recordedShare: number;
  /** Prompts of all operators together. */
  readonly prompts: number;
  /** Numbers that are answers: columns of the direct logits. */
  readonly answers: number;
  /** Prompts computed together. */
  readonly batch: number;
}

/** Bytes of memory that an analysis needs, part by part. */
export interface AnalysisMemory {
  /** All weights as float32, whatever the files hold. */
  readonly weights: number;
  /** Maps of every neuron of the heuristic layers, over the prompts of all operators, and their direct logits. */
  readonly maps: number;
  /** Intermediate values of one batch. */
  readonly activations: number;
  readonly total: number;
}

/**
 * Estimates what one checkpoint needs while it is analysed. Weights and maps are exact, as `universePass` holds the maps
 * of all operators until they are classified; of the activations it counts, for a batch of two tokens a prompt, six
 * residual streams, three widths of the MLP and one row of logits. The engine, the program and DuckDB come on top
 * (about 0.3 GB).
 */
export function analysisMemory(model: ModelShape, size: AnalysisSize): AnalysisMemory {
  const neurons = size.heuristicLayers * Math.ceil(model.dMlp * size.recordedShare);
  const weights = 4 * parameterCount(model);
  const maps = 4 * (neurons * size.prompts + size.heuristicLayers * model.dMlp * size.answers);
  const activations = 4 * size.batch * (2 * (6 * model.dModel + 3 * model.dMlp) + model.dVocab);
  return { weights, maps, activations, total: weights + maps + activations };
}
