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

/** Positions of a prompt, which circuits and knock-outs compute for every row of a batch. */
export const PROMPT_TOKENS = 5;

/** The smallest batch that is worth while; with fewer rows products of matrices lose much of their speed. */
export const LEAST_BATCH = 16;

/** Widths of values that a block makes of a token, and frees when it is done. */
const BLOCK = { gpt_neox: { d: 33, m: 4 }, llama: { d: 38, m: 6 } } as const;
/** Widths that outlive a block where the clean and the corrupted run of prompt pairs are recorded: it holds most. */
const RECORDED = { d: 12, m: 2 } as const;

/**
 * Bytes of the intermediate values of one row of a batch, logits of one position included: at least what any measure
 * holds, and not much more than what the recording of prompt pairs does (test/sweep/cost/memory.test.ts).
 * @param tokens positions of the row that are computed
 */
export function rowBytes(model: ModelShape, tokens: number): number {
  const { d, m } = BLOCK[model.architecture];
  const width = Math.max(model.dModel, (model.dHead ?? 0) * model.nHeads);
  const block = d * width + m * model.dMlp;
  const recorded = (model.nLayers - 1) * (RECORDED.d * width + RECORDED.m * model.dMlp);
  return 4 * (tokens * (block + recorded) + model.dVocab);
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
  /** Prompts computed together, each with up to five positions. */
  readonly batch: number;
}

/** Bytes of memory that an analysis needs, part by part. */
export interface AnalysisMemory {
  /** All weights as float32, whatever the files hold. */
  readonly weights: number;
  /** Maps of every neuron of the heuristic layers, over the prompts of all operators, and their direct logits. */
  readonly maps: number;
  /** Intermediate values of one batch, see `rowBytes`. */
  readonly activations: number;
  readonly total: number;
}

/**
 * Estimates what one checkpoint needs while it is analysed. Weights and maps are exact, as `universePass` holds the maps
 * of all operators until they are classified. The engine, the program and DuckDB come on top (about 0.3 GB).
 */
export function analysisMemory(model: ModelShape, size: AnalysisSize): AnalysisMemory {
  const neurons = size.heuristicLayers * Math.ceil(model.dMlp * size.recordedShare);
  const weights = 4 * parameterCount(model);
  const maps = 4 * (neurons * size.prompts + size.heuristicLayers * model.dMlp * size.answers);
  const activations = size.batch * rowBytes(model, PROMPT_TOKENS);
  return { weights, maps, activations, total: weights + maps + activations };
}
