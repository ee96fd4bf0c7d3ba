import type { ModelConfig } from '../../src/domain/model-config.js';
import { randomStream } from '../../src/domain/random.js';
import { loadModel, type LoadedModel } from '../../src/model/load-model.js';
import { weightSpecs } from '../../src/weights/architectures.js';
import { oursShape } from '../../src/weights/layout.js';
import type { RawTensor } from '../../src/weights/tensor-source.js';

/** A GPT-NeoX of two layers, small enough for finite differences. */
export const TINY: ModelConfig = {
  architecture: 'gpt_neox',
  nLayers: 2,
  dModel: 12,
  nHeads: 3,
  nKvHeads: 3,
  dHead: 4,
  dMlp: 10,
  dVocab: 23,
  rotaryDims: 2,
  rotaryBase: 10_000,
  rotaryScaling: null,
  eps: 1e-5,
  gated: false,
  tied: false,
  attentionBias: true,
  mlpBias: true,
};

/** A Llama of two layers and as small: grouped queries, heads wider than their share, every bias, scaled rotation. */
export const TINY_LLAMA: ModelConfig = {
  ...TINY,
  architecture: 'llama',
  nHeads: 4,
  nKvHeads: 2,
  rotaryDims: 4,
  rotaryBase: 10,
  rotaryScaling: { factor: 4, lowFreqFactor: 1, highFreqFactor: 3, originalPositions: 16 },
  gated: true,
};

/** Both, by name. */
export const TINY_MODELS = [
  ['GPT-NeoX', TINY],
  ['Llama', TINY_LLAMA],
] as const;

/** Random weights under our names; gains around 1, everything else around 0. */
export function randomWeights(config: ModelConfig, seed: number, scale = 0.4): Map<string, RawTensor> {
  return new Map(
    weightSpecs(config).map((spec) => {
      const random = randomStream(seed, 'test weights', spec.ours);
      const shape = oursShape(spec);
      const size = shape.reduce((a, b) => a * b, 1);
      const centre = /ln\w*\.w$/.test(spec.ours) ? 1 : 0;
      const data = Float32Array.from({ length: size }, () => centre + scale * random.normal());
      return [spec.ours, { shape, data }];
    }),
  );
}

/** A loaded model with random weights. */
export function tinyModel(seed: number, config: ModelConfig = TINY): LoadedModel {
  return loadModel(config, randomWeights(config, seed));
}
