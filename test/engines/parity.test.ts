import { describe, expect, it } from 'vitest';
import { layerIndex, neuronIndex } from '../../src/domain/ids.js';
import type { ModelConfig } from '../../src/domain/model-config.js';
import { OPERATORS } from '../../src/domain/operator.js';
import type { Prompt } from '../../src/domain/prompt.js';
import { addSums, meansOf } from '../../src/model/activation-sums.js';
import { directLogits } from '../../src/model/direct-logits.js';
import { liveTensors, startEngine } from '../../src/model/engine.js';
import type { EngineName } from '../../src/model/engine-names.js';
import type { Model } from '../../src/model/model.js';
import { universePass } from '../../src/model/universe-pass.js';
import { attributeNeurons } from '../../src/patching/attribution.js';
import { emptyCircuit, modelCircuit } from '../../src/patching/circuits.js';
import { componentPairEffects } from '../../src/patching/component-effects.js';
import { exactNeuronEffects } from '../../src/patching/exact-effects.js';
import { knockOut } from '../../src/patching/knockout.js';
import { trainProbes } from '../../src/patching/probe.js';
import { collectResiduals } from '../../src/patching/residuals.js';
import { runCircuits } from '../../src/patching/run-circuits.js';
import { buildUniverse } from '../../src/prompts/universe.js';
import { TINY_PAIRS, TINY_TOKENS as PAIR_TOKENS } from '../patching/brute-force.js';
import { PRESENT_ENGINES } from '../support/engines.js';
import { TINY_MODELS, tinyModel } from '../support/models.js';
import { TINY_TOKENS } from '../support/tiny-tokens.js';

/**
 * Largest difference between two engines, relative to the largest value: sums in another order, over a few layers. An
 * effect of patching is a difference of two logits, a probe is what a hundred steps of training make of the residuals.
 */
const TOLERANCE = 1e-5;
const LOOSER: Readonly<Record<string, number>> = { attribution: 1e-4, exact: 1e-4, probes: 1e-3 };

const LAYERS = [layerIndex(0), layerIndex(1)];
const neurons = LAYERS.flatMap((layer) => [1, 4, 7].map((n) => ({ layer, neuron: neuronIndex(n) })));

/** Everything that a sweep asks of a model, as numbers by measure. */
async function measured(model: Model): Promise<Map<string, ArrayLike<number>>> {
  const universes = OPERATORS.map((operator) => buildUniverse(operator, 8, 14));
  const passes = [];
  for (const universe of universes)
    passes.push(await universePass(model, TINY_TOKENS, universe, { layers: LAYERS, sums: true, batch: 24 }));
  const means = meansOf(addSums(passes.flatMap(({ sums }) => (sums === null ? [] : [sums]))));
  const [universe] = universes;
  if (universe === undefined) throw new Error('no universe');
  const prompts = Array.from(universe.op1, (op1, p): Prompt => {
    return {
      operator: universe.operator,
      op1,
      op2: universe.op2[p] ?? NaN,
      answer: universe.answer[p] ?? NaN,
    };
  });
  const effects = await componentPairEffects(model, PAIR_TOKENS, TINY_PAIRS);
  const attribution = await attributeNeurons(model, PAIR_TOKENS, TINY_PAIRS, { layers: LAYERS });
  const exact = await exactNeuronEffects(model, PAIR_TOKENS, TINY_PAIRS, neurons);
  const half = { heads: [0], neurons: [2, 5].map(neuronIndex) };
  const circuits = await runCircuits(model, TINY_TOKENS, prompts, means, [
    modelCircuit(LAYERS.length).circuit,
    emptyCircuit(LAYERS.length).circuit,
    { layers: LAYERS.map(() => half) },
  ]);
  const knocked = await knockOut(model, TINY_TOKENS, universe, [{ prompts: [...prompts.keys()], neurons }], {
    positions: 'all',
  });
  const residuals = await collectResiduals(model, TINY_TOKENS, prompts);
  const probes = await trainProbes({ residuals, prompts, settings: { epochs: 4 } });
  return new Map<string, ArrayLike<number>>([
    ['predicted', passes.flatMap(({ predicted }) => [...predicted])],
    ['maps', passes.flatMap(({ activations }) => [...activations])],
    ['means', means.means.flatMap((layer) => [...layer.z, ...layer.mlpPost])],
    ['direct logits', LAYERS.flatMap((layer) => [...directLogits(model, layer, TINY_TOKENS.numbers)])],
    ['patched logits', effects.logit],
    ['patched probabilities', effects.paper],
    ['attribution', attribution.flatMap((layer) => [...layer.effects])],
    ['exact', exact],
    ['circuits', circuits.flatMap((run) => [...run.nl])],
    ['knocked-out logits', knocked.flatMap(({ answerLogits }) => [...answerLogits])],
    ['knocked-out answers', knocked.flatMap(({ correct }) => [...correct])],
    ['residuals', residuals.sites.flatMap(({ values }) => [...values])],
    ['probes', probes.flatMap(({ testLoss, testAccuracy }) => [testLoss ?? -1, testAccuracy ?? -1])],
  ]);
}

async function measuredOn(engine: EngineName, config: ModelConfig): Promise<Map<string, ArrayLike<number>>> {
  await startEngine(engine);
  const before = liveTensors();
  const { model, dispose } = tinyModel(8, config);
  try {
    return await measured(model);
  } finally {
    dispose();
    expect(liveTensors()).toBe(before);
  }
}

/** In units of the largest value. */
function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  const scale = Array.from(b).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(scale).toBeGreaterThan(0.01);
  expect(new Set(Array.from(b)).size).toBeGreaterThan(1);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0) / scale;
}

describe.each(TINY_MODELS)('every measure of a small %s', (_, config) => {
  it.each(PRESENT_ENGINES.filter((engine) => engine !== 'wasm'))('on %s is that on wasm', async (engine) => {
    const reference = await measuredOn('wasm', config);
    const own = await measuredOn(engine, config);
    for (const [measure, values] of reference) {
      const exact = ['predicted', 'knocked-out answers'].includes(measure);
      expect(difference(own.get(measure) ?? [], values), measure).toBeLessThanOrEqual(
        exact ? 0 : (LOOSER[measure] ?? TOLERANCE),
      );
    }
  });

  it.each(PRESENT_ENGINES)('on %s is the same twice', async (engine) => {
    expect(await measuredOn(engine, config)).toEqual(await measuredOn(engine, config));
  });
});
