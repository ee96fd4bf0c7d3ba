import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../src/domain/model-config.js';
import { OPERATORS } from '../../src/domain/operator.js';
import { neuronIndex } from '../../src/domain/ids.js';
import type { Prompt } from '../../src/domain/prompt.js';
import { addSums, meansOf, type ActivationMeans } from '../../src/model/activation-sums.js';
import { startEngine } from '../../src/model/engine.js';
import { forward } from '../../src/model/forward.js';
import { NO_HOOK, type Hook } from '../../src/model/hooks.js';
import { loadModel, type LoadedModel } from '../../src/model/load-model.js';
import type { Model } from '../../src/model/model.js';
import { promptIds } from '../../src/model/prompt-tokens.js';
import { activationSums } from '../../src/model/universe-pass.js';
import type { Circuit, KeptInLayer } from '../../src/patching/circuit.js';
import { emptyCircuit, modelCircuit } from '../../src/patching/circuits.js';
import { runCircuits } from '../../src/patching/run-circuits.js';
import { buildUniverse } from '../../src/prompts/universe.js';
import { TINY, TINY_MODELS, randomWeights } from '../support/models.js';
import { TINY_TOKENS } from '../support/tiny-tokens.js';

const PROMPTS = OPERATORS.flatMap((operator): Prompt[] => {
  const { op1, op2, answer } = buildUniverse(operator, 8, 14);
  return Array.from(op1, (a, p) => ({
    operator,
    op1: a,
    op2: op2[p] ?? NaN,
    answer: answer[p] ?? NaN,
  })).filter((_, p) => p % 9 === 4);
});

async function meansOfUniverses(model: Model): Promise<ActivationMeans> {
  const sums = [];
  for (const operator of OPERATORS)
    sums.push(await activationSums(model, TINY_TOKENS, buildUniverse(operator, 8, 14)));
  return meansOf(addSums(sums));
}

/** Logits of plain passes at `=`. */
function plainLogits(model: Model, prompts: readonly Prompt[], hook: Hook = NO_HOOK): number[][] {
  return tf.tidy(() => {
    const ids = tf.tensor2d(promptIds(TINY_TOKENS, prompts), [prompts.length, 5], 'int32');
    const { logits } = forward(model, ids, { hook });
    const { dVocab } = model.config;
    const flat = [...(logits?.dataSync() ?? [])];
    return prompts.map((_, p) => flat.slice((p * 5 + 4) * dVocab, (p * 5 + 5) * dVocab));
  });
}

/** NL of one prompt with every value outside the circuit written over, one by one. */
function byHand(model: Model, prompt: Prompt, { means }: ActivationMeans, { layers }: Circuit): number {
  const hook: Hook = ({ name, layer }, value) => {
    const held = layer === null ? undefined : means[layer];
    const own = layer === null ? undefined : layers[layer];
    if (held === undefined || own === undefined || (name !== 'z' && name !== 'mlp_post')) return value;
    const [kept, mean] = name === 'z' ? [own.heads, held.z] : [own.neurons, held.mlpPost];
    const each = name === 'z' ? model.config.dHead : 1;
    const data = Float32Array.from(value.dataSync());
    const width = data.length / 5;
    data.forEach((_, i) => {
      const at = i - held.firstPosition * width;
      const unit = Math.floor((i % width) / each);
      if (at >= 0 && kept !== 'all' && !kept.some((one) => one === unit)) data[i] = mean[at] ?? NaN;
    });
    return tf.tensor(data, value.shape);
  };
  const [row = []] = plainLogits(model, [prompt], hook);
  return normalisedLogit(row, answerOf(prompt));
}

function normalisedLogit(logits: readonly number[], answer: number): number {
  const mean = logits.reduce((sum, x) => sum + x, 0) / logits.length;
  return ((logits[answer] ?? NaN) - mean) / (Math.max(...logits) - mean);
}

const answerOf = ({ answer }: Prompt): number => TINY_TOKENS.numbers[answer] ?? NaN;

/** Any circuit of a model. */
function circuitsOf({ nLayers, nHeads, dMlp }: ModelConfig): fc.Arbitrary<Circuit> {
  const all = fc.constant('all' as const);
  const layer = fc.record<KeptInLayer>({
    heads: fc.oneof(all, fc.uniqueArray(fc.nat(nHeads - 1))),
    neurons: fc.oneof(all, fc.uniqueArray(fc.nat(dMlp - 1).map(neuronIndex))),
  });
  return fc.array(layer, { minLength: nLayers, maxLength: nLayers }).map((layers) => ({ layers }));
}

beforeAll(async () => {
  await startEngine('wasm');
});

describe.each(TINY_MODELS)('circuits of %s', (_, config) => {
  const { nLayers, nHeads, dMlp } = config;
  let loaded: LoadedModel;
  let model: Model;
  let means: ActivationMeans;
  beforeAll(async () => {
    loaded = loadModel(config, randomWeights(config, 21));
    model = loaded.model;
    means = await meansOfUniverses(model);
  });
  afterAll(() => loaded.dispose());

  it('that keep everything say what the model says', async () => {
    const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
    const byName: Circuit = {
      layers: count(nLayers).map(() => ({ heads: count(nHeads), neurons: count(dMlp).map(neuronIndex) })),
    };
    const circuits = [modelCircuit(nLayers).circuit, byName];
    const runs = await runCircuits(model, TINY_TOKENS, PROMPTS, means, circuits);
    const logits = plainLogits(model, PROMPTS);
    const correct = logits.map((row, p) =>
      row.indexOf(Math.max(...row)) === answerOf(PROMPTS[p] ?? fail()) ? 1 : 0,
    );
    for (const run of runs) {
      expect([...run.correct]).toEqual(correct);
      expect(run.accuracy).toBeCloseTo(correct.reduce<number>((sum, x) => sum + x, 0) / correct.length, 12);
      logits.forEach((row, p) => {
        expect(run.nl[p]).toBeCloseTo(normalisedLogit(row, answerOf(PROMPTS[p] ?? fail())), 5);
      });
    }
    // Kept by name or by `all`: the same bits.
    expect(runs[1]).toEqual(runs[0]);
    expect(new Set(runs[0]?.nl).size).toBeGreaterThan(PROMPTS.length / 2);
  });

  it('are what writing over single values gives', async () => {
    await fc.assert(
      fc.asyncProperty(circuitsOf(config), fc.nat(PROMPTS.length - 1), async (circuit, p) => {
        const [run] = await runCircuits(model, TINY_TOKENS, PROMPTS, means, [circuit]);
        const expected = byHand(model, PROMPTS[p] ?? fail(), means, circuit);
        expect(Math.abs((run?.nl[p] ?? NaN) - expected)).toBeLessThan(1e-4);
      }),
      { numRuns: 40 },
    );
  });

  it('that keep nothing say the same of every prompt', async () => {
    const [run] = await runCircuits(model, TINY_TOKENS, PROMPTS, means, [emptyCircuit(nLayers).circuit]);
    const byAnswer = new Map<number, number>();
    PROMPTS.forEach(({ answer }, p) => {
      const nl = run?.nl[p] ?? NaN;
      expect(nl).toBeCloseTo(byAnswer.get(answer) ?? nl, 5);
      byAnswer.set(answer, nl);
    });
    expect(byAnswer.size).toBeGreaterThan(5);
    expect(new Set([...byAnswer.values()].map((nl) => nl.toFixed(4))).size).toBe(byAnswer.size);
  });

  it('do not depend on order, batches or the circuits beside them', async () => {
    const before = tf.memory().numTensors;
    const circuits = fc.array(circuitsOf(config), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(circuits, fc.integer({ min: 1, max: 70 }), async (chosen, batch) => {
        const together = await runCircuits(model, TINY_TOKENS, PROMPTS, means, chosen, { batch });
        const reversed = [...PROMPTS].reverse();
        for (const [c, circuit] of chosen.entries()) {
          const [alone] = await runCircuits(model, TINY_TOKENS, reversed, means, [circuit]);
          const expected = [...(alone?.nl ?? [])].reverse();
          expect(together[c]?.nl).toHaveLength(expected.length);
          together[c]?.nl.forEach((nl, p) => expect(Math.abs(nl - (expected[p] ?? NaN))).toBeLessThan(1e-4));
          expect([...(together[c]?.correct ?? [])].reverse()).toEqual([...(alone?.correct ?? [])]);
        }
      }),
      { numRuns: 12 },
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('runs of circuits', () => {
  it('do not change when a constant is added to all logits', async () => {
    const weights = randomWeights(TINY, 11);
    const shifted = new Map(weights);
    const { shape = [], data = new Float32Array() } = weights.get('W_U') ?? {};
    // The same vector added to every column adds the same to all logits of a prompt.
    const moved = data.map((value, i) => value + Math.sin(Math.floor(i / TINY.dVocab)));
    shifted.set('W_U', { shape, data: moved });
    const circuits = [modelCircuit(2).circuit, emptyCircuit(2).circuit];
    const [a, b] = await Promise.all(
      [weights, shifted].map(async (set) => {
        const { model, dispose } = loadModel(TINY, set);
        const means = await meansOfUniverses(model);
        const runs = await runCircuits(model, TINY_TOKENS, PROMPTS, means, circuits);
        dispose();
        return runs.map(({ nl }) => [...nl]);
      }),
    );
    expect(a?.flat()).toHaveLength(2 * PROMPTS.length);
    a?.flat().forEach((nl, i) => expect(b?.flat()[i]).toBeCloseTo(nl, 4));
  });

  it('refuse circuits and means of other models, and numbers that are no token', async () => {
    const { model, dispose } = loadModel(TINY, randomWeights(TINY, 1));
    const before = tf.memory().numTensors;
    const means = await meansOfUniverses(model);
    const full = modelCircuit(2).circuit;
    const odd: Circuit = {
      layers: [
        { heads: [3], neurons: 'all' },
        { heads: [], neurons: [] },
      ],
    };
    const run = (circuit: Circuit, own = means, prompts = PROMPTS): Promise<unknown> =>
      runCircuits(model, TINY_TOKENS, prompts, own, [full, circuit]);
    await expect(run(modelCircuit(3).circuit)).rejects.toThrow('3 layers for a model of 2');
    await expect(run(full, { ...means, means: means.means.slice(1) })).rejects.toThrow(RangeError);
    await expect(run(odd)).rejects.toThrow('keeps 3 of 3 heads');
    await expect(run(full, means, [{ operator: '+', op1: 14, op2: 1, answer: 15 }])).rejects.toThrow(
      '15 is not a single token',
    );
    expect(tf.memory().numTensors).toBe(before);
    dispose();
  });

  it('of no prompts or no circuits are empty', async () => {
    const { model, dispose } = loadModel(TINY, randomWeights(TINY, 1));
    const means = await meansOfUniverses(model);
    const [run] = await runCircuits(model, TINY_TOKENS, [], means, [emptyCircuit(2).circuit]);
    expect(run).toEqual({ nl: new Float64Array(), correct: new Uint8Array(), accuracy: null });
    expect(await runCircuits(model, TINY_TOKENS, PROMPTS, means, [])).toEqual([]);
    dispose();
  });

  it('free everything when they are stopped', async () => {
    const { model, dispose } = loadModel(TINY, randomWeights(TINY, 1));
    const means = await meansOfUniverses(model);
    const before = tf.memory().numTensors;
    let batches = 0;
    const onBatch = (): Promise<void> =>
      ++batches === 2 ? Promise.reject(new Error('stop')) : Promise.resolve();
    const circuits = [modelCircuit(2).circuit, emptyCircuit(2).circuit];
    const run = runCircuits(model, TINY_TOKENS, PROMPTS, means, circuits, { batch: 10, onBatch });
    await expect(run).rejects.toThrow('stop');
    expect(tf.memory().numTensors).toBe(before);
    dispose();
  });
});

function fail(): never {
  throw new Error('there is no such prompt');
}
