import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../../src/domain/model-config.js';
import { layerIndex, neuronIndex } from '../../../src/domain/ids.js';
import type { PromptPair } from '../../../src/domain/prompt.js';
import { addSums, meansOf } from '../../../src/model/activation-sums.js';
import { directLogits } from '../../../src/model/direct-logits.js';
import { startEngine } from '../../../src/model/engine.js';
import type { LoadedModel } from '../../../src/model/load-model.js';
import { activationSums, universePass } from '../../../src/model/universe-pass.js';
import { attributeNeurons } from '../../../src/patching/attribution.js';
import { emptyCircuit, modelCircuit } from '../../../src/patching/circuits.js';
import { componentEffects } from '../../../src/patching/component-effects.js';
import { exactNeuronEffects } from '../../../src/patching/exact-effects.js';
import { knockOut } from '../../../src/patching/knockout.js';
import { trainProbes } from '../../../src/patching/probe.js';
import { collectResiduals } from '../../../src/patching/residuals.js';
import { runCircuits } from '../../../src/patching/run-circuits.js';
import { buildUniverse } from '../../../src/prompts/universe.js';
import { widthsOf } from '../../../src/sweep/cost/run-flops.js';
import {
  attributionFlops,
  circuitFlops,
  componentFlops,
  directLogitFlops,
  exactFlops,
  knockOutFlops,
  passFlops,
  probeFlops,
} from '../../../src/sweep/cost/task-flops.js';
import { promptsAt } from '../../../src/sweep/prompt-sets.js';
import { countFlops } from '../../support/count-flops.js';
import { TINY, TINY_LLAMA, tinyModel } from '../../support/models.js';
import { TINY_TOKENS } from '../../support/tiny-tokens.js';

const SIZE = { nLayers: 4, dModel: 48, nHeads: 4, dHead: 12, dMlp: 160, dVocab: 70 };
const MODELS: readonly (readonly [string, ModelConfig])[] = [
  ['GPT-NeoX', { ...TINY, ...SIZE, nKvHeads: 4, rotaryDims: 4 }],
  ['Llama', { ...TINY_LLAMA, ...SIZE, nKvHeads: 2, rotaryDims: 12 }],
];
const UNIVERSE = buildUniverse('+', 8, 14);
const PROMPTS = promptsAt(UNIVERSE, [3, 9, 10, 17, 25, 33, 40, 41, 50, 62]);
const PAIRS: readonly PromptPair[] = PROMPTS.slice(0, 6).flatMap((clean, i) => {
  const corrupted = PROMPTS[9 - i];
  return corrupted === undefined ? [] : [{ clean, corrupted }];
});
const PREFIXES = 8;

/** What may be left out: products that a gather stands for, and rounding of what a batch holds. */
function expectClose(predicted: number, counted: number): void {
  expect(counted).toBeGreaterThan(0);
  expect(Math.abs(predicted / counted - 1)).toBeLessThan(0.03);
}

describe.each(MODELS)('operations of a %s are as many as are counted', (_name, config) => {
  const w = widthsOf(config);
  let loaded: LoadedModel;

  beforeAll(async () => {
    await startEngine('cpu'); // where picking rows is no product
    loaded = tinyModel(3, config);
  });
  afterAll(() => {
    loaded.dispose();
  });

  it('in a pass over a universe, with sums and without', async () => {
    const layers = [layerIndex(2), layerIndex(3)];
    for (const sums of [false, true]) {
      const counted = await countFlops(() =>
        universePass(loaded.model, TINY_TOKENS, UNIVERSE, { layers, sums }),
      );
      const size = { prompts: UNIVERSE.count, prefixes: PREFIXES, sums, logits: true };
      expectClose(passFlops(w, size), counted);
    }
    const counted = await countFlops(() => activationSums(loaded.model, TINY_TOKENS, UNIVERSE));
    const size = { prompts: UNIVERSE.count, prefixes: PREFIXES, sums: true, logits: false };
    expectClose(passFlops(w, size), counted);
  });

  it('in direct logits', async () => {
    const counted = await countFlops(() => {
      directLogits(loaded.model, layerIndex(2), TINY_TOKENS.numbers);
      return Promise.resolve();
    });
    expectClose(directLogitFlops(w, 1, TINY_TOKENS.numbers.length), counted);
  });

  it('in patching of components', async () => {
    const counted = await countFlops(() => componentEffects(loaded.model, TINY_TOKENS, PAIRS));
    expectClose(componentFlops(w, PAIRS.length), counted);
  });

  it('in attribution, and in exact effects', async () => {
    const layers = [layerIndex(1), layerIndex(2), layerIndex(3)];
    const attributed = await countFlops(() => attributeNeurons(loaded.model, TINY_TOKENS, PAIRS, { layers }));
    expectClose(attributionFlops(w, PAIRS.length, 1), attributed);
    const neurons = [1, 1, 1, 2, 2, 3].map((layer, n) => ({
      layer: layerIndex(layer),
      neuron: neuronIndex(n),
    }));
    const exact = await countFlops(() => exactNeuronEffects(loaded.model, TINY_TOKENS, PAIRS, neurons));
    expectClose(exactFlops(w, PAIRS.length, [0, 3, 2, 1], 1), exact);
  });

  it('in probes', async () => {
    const prompts = promptsAt(UNIVERSE, [...Array(UNIVERSE.count).keys()]);
    let [train, classes] = [0, 0];
    const counted = await countFlops(async () => {
      const residuals = await collectResiduals(loaded.model, TINY_TOKENS, prompts);
      const [first] = await trainProbes({ residuals, prompts, settings: { epochs: 2, batch: 16 } });
      [train, classes] = [first?.train ?? 0, first?.classes ?? 0];
    });
    const size = { prompts: prompts.length, prefixes: PREFIXES, train, classes, epochs: 2 };
    expectClose(probeFlops(w, size), counted);
  });

  it('in circuits', async () => {
    const means = meansOf(addSums([await activationSums(loaded.model, TINY_TOKENS, UNIVERSE)]));
    const circuits = [modelCircuit(4), emptyCircuit(4)].map(({ circuit }) => circuit);
    const counted = await countFlops(() => runCircuits(loaded.model, TINY_TOKENS, PROMPTS, means, circuits));
    expectClose(circuitFlops(w, 2, PROMPTS.length), counted);
  });

  it.each([
    ['all', 2],
    ['all', 3],
    ['last', 2],
  ] as const)('in knock-outs at %s positions from layer %i on', async (positions, first) => {
    const runs = [0, 1, 2].map((n) => ({
      prompts: [3, 9, 10, 17, 25],
      neurons: [{ layer: layerIndex(first), neuron: neuronIndex(n) }],
    }));
    const counted = await countFlops(() =>
      knockOut(loaded.model, TINY_TOKENS, UNIVERSE, runs, { positions }),
    );
    expectClose(knockOutFlops(w, { pairs: 15, prompts: 5, first, positions }), counted);
  });
});
