/** Shape of a GPT-NeoX model; the names follow TransformerLens's configuration. */
export interface ModelConfig {
  readonly architecture: 'gpt_neox';
  readonly nLayers: number;
  readonly dModel: number;
  readonly nHeads: number;
  readonly dHead: number;
  readonly dMlp: number;
  /** Rows of the embedding, padding included. */
  readonly dVocab: number;
  /** Leading dimensions of each head that are rotated: rotary_pct x dHead. */
  readonly rotaryDims: number;
  readonly rotaryBase: number;
  readonly layerNormEps: number;
}
