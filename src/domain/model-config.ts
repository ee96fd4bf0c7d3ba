/** Architectures that heuristrace runs, by their `model_type` in config.json. */
export const ARCHITECTURES = ['gpt_neox', 'llama'] as const;

export type Architecture = (typeof ARCHITECTURES)[number];

/** Rotary frequencies stretched by parts, as Llama 3.1 has it (`rope_type: llama3`). */
export interface RotaryScaling {
  /** What frequencies of long waves are divided by. */
  readonly factor: number;
  /** Waves longer than originalPositions / lowFreqFactor are stretched whole. */
  readonly lowFreqFactor: number;
  /** Waves shorter than originalPositions / highFreqFactor are left alone. */
  readonly highFreqFactor: number;
  /** Positions of the training before the stretch. */
  readonly originalPositions: number;
}

/** Shape of a model, whatever its architecture; the names follow TransformerLens's configuration. */
export interface ModelConfig {
  readonly architecture: Architecture;
  readonly nLayers: number;
  readonly dModel: number;
  readonly nHeads: number;
  /** Heads of keys and values, each read by nHeads / nKvHeads neighbouring heads. */
  readonly nKvHeads: number;
  readonly dHead: number;
  readonly dMlp: number;
  /** Rows of the embedding, padding included. */
  readonly dVocab: number;
  /** Leading dimensions of each head that are rotated. */
  readonly rotaryDims: number;
  readonly rotaryBase: number;
  /** Null where frequencies are not scaled. */
  readonly rotaryScaling: RotaryScaling | null;
  /** Added to the variance in every norm. */
  readonly eps: number;
  /** Whether the neurons are a product with a gate, and so may be negative as well as positive. */
  readonly gated: boolean;
  /** Whether the unembedding is the embedding unless the file says otherwise. */
  readonly tied: boolean;
  /** Whether the projections of the attention have biases. */
  readonly attentionBias: boolean;
  /** Whether the projections of the MLP have biases. */
  readonly mlpBias: boolean;
}
