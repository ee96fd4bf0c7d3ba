import { describe, expect, it } from 'vitest';
import { shapeOf } from '../../src/config/hub-suite.js';
import { analysisMemory, parameterCount, rowBytes } from '../../src/config/model-size.js';
import { shippedManifest } from '../support/manifests.js';
import { randomWeights, TINY_MODELS } from '../support/models.js';

describe('parameters', () => {
  it.each([
    ['pythia-14m', 14_067_712],
    ['pythia-31m', 30_494_720],
    ['pythia-70m', 70_426_624],
    ['pythia-160m', 162_322_944],
    ['pythia-410m', 405_334_016],
    ['pythia-1b', 1_011_781_632],
    ['pythia-1.4b', 1_414_647_808],
    ['pythia-2.8b', 2_775_208_960],
    ['pythia-6.9b', 6_857_302_016],
    ['pythia-12b', 11_846_072_320],
    ['smollm2-135m', 134_515_008],
    ['smollm2-360m', 361_821_120],
    ['smollm2-1.7b', 1_711_376_384],
    ['amber', 6_738_415_616],
    ['tinyllama-1.1b', 1_100_048_384],
  ])('of %s are those published', async (name, published) => {
    expect(parameterCount(shapeOf(await shippedManifest(name)))).toBe(published);
  });

  it.each(TINY_MODELS)('of a small %s are as many as its tensors hold', (_name, tiny) => {
    const biases = tiny.architecture === 'gpt_neox';
    const config = { ...tiny, attentionBias: biases, mlpBias: biases };
    const sizes = [...randomWeights(config, 0).values()].map(({ data }) => data.length);
    expect(parameterCount(config)).toBe(sizes.reduce((a, b) => a + b, 0));
  });
});

describe('memory of an analysis', () => {
  it('counts weights, maps and a batch', () => {
    const shape = {
      architecture: 'gpt_neox',
      nLayers: 2,
      dModel: 4,
      nHeads: 2,
      dMlp: 16,
      dVocab: 10,
    } as const;
    const size = { heuristicLayers: 1, recordedShare: 1, prompts: 100, answers: 7, batch: 3 };
    const memory = analysisMemory(shape, size);
    expect(memory).toMatchObject({ maps: 4 * 16 * 107, activations: 3 * rowBytes(shape, 5) });
    expect(memory.weights).toBe(4 * (2 * 10 * 4 + 2 * (12 * 16 + 13 * 4) + 8));
    expect(analysisMemory(shape, { ...size, recordedShare: 0.1 }).maps).toBe(4 * (2 * 100 + 16 * 7));
    expect(memory.total).toBe(memory.weights + memory.maps + memory.activations);
  });
});
