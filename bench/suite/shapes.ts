import type { ModelConfig } from '../../src/domain/model-config.js';

const NEOX = {
  architecture: 'gpt_neox',
  rotaryBase: 10_000,
  rotaryScaling: null,
  eps: 1e-5,
  gated: false,
  tied: false,
  attentionBias: true,
  mlpBias: true,
} as const;

function neox(
  nLayers: number,
  dModel: number,
  nHeads: number,
  dVocab: number,
  rotaryFraction = 0.25,
): ModelConfig {
  const dHead = dModel / nHeads;
  const shape = { nLayers, dModel, nHeads, nKvHeads: nHeads, dHead, dMlp: 4 * dModel, dVocab };
  return { ...NEOX, ...shape, rotaryDims: rotaryFraction * dHead };
}

/** Shapes that are measured. Small ones have the vocabulary of `SMALL_TOKENIZER_NUMBERS`. */
export const SHAPES = {
  'pythia-70m': neox(6, 512, 8, 50_304),
  'pythia-410m': neox(24, 1024, 16, 50_304),
  small: neox(4, 64, 8, 64, 0.5),
  tiny: neox(2, 32, 4, 64, 0.5),
} as const satisfies Record<string, ModelConfig>;

export type ShapeName = keyof typeof SHAPES;
