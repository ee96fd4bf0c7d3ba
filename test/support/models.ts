import type { ModelConfig } from '../../src/domain/model-config.js';
import { randomStream } from '../../src/domain/random.js';
import { loadModel, type LoadedModel } from '../../src/model/load-model.js';
import { oursShape, weightSpecs } from '../../src/weights/gpt-neox-names.js';
import type { RawTensor } from '../../src/weights/safetensors.js';

/** A GPT-NeoX of two layers, small enough for finite differences. */
export const TINY: ModelConfig = {
  architecture: 'gpt_neox',
  nLayers: 2,
  dModel: 12,
  nHeads: 3,
  dHead: 4,
  dMlp: 10,
  dVocab: 23,
  rotaryDims: 2,
  rotaryBase: 10_000,
  layerNormEps: 1e-5,
};

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
export function tinyModel(seed: number): LoadedModel {
  return loadModel(TINY, randomWeights(TINY, seed));
}
