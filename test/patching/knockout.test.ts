import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { layerIndex, neuronIndex, type NeuronId } from '../../src/domain/ids.js';
import { liveTensors, startEngine } from '../../src/model/engine.js';
import { forward } from '../../src/model/forward.js';
import type { Hook } from '../../src/model/hooks.js';
import type { LoadedModel } from '../../src/model/load-model.js';
import { promptIds } from '../../src/model/prompt-tokens.js';
import { knockOut, type KnockOutOutcome, type KnockOutRun } from '../../src/patching/knockout.js';
import { buildUniverse } from '../../src/prompts/universe.js';
import { TINY_MODELS, tinyModel } from '../support/models.js';

const TOKENS = {
  bos: 0,
  numbers: Int32Array.from({ length: 15 }, (_, n) => n + 2),
  operators: { '+': 17, '-': 18, '*': 19, '/': 20 },
  equals: 21,
};
const LAYERS = 3;
const D_MLP = 10;
const UNIVERSE = buildUniverse('-', 8, 14);
const MODES = ['all', 'last'] as const;

beforeAll(async () => {
  await startEngine('wasm');
});

const at = (layer: number, neuron: number): NeuronId => ({
  layer: layerIndex(layer),
  neuron: neuronIndex(neuron),
});

/** The plain way: five tokens of one prompt through all layers, a hook that sets neurons to zero. */
function plain(
  { model }: LoadedModel,
  prompt: number,
  neurons: readonly NeuronId[],
  positions: 'all' | 'last',
): Float32Array {
  const prompts = [
    { operator: UNIVERSE.operator, op1: UNIVERSE.op1[prompt] ?? 0, op2: UNIVERSE.op2[prompt] ?? 0 },
  ];
  return tf.tidy(() => {
    const hook: Hook = ({ name, layer }, value) => {
      if (name !== 'mlp_post') return value;
      const [, count = 0, width = 0] = value.shape;
      const zeroed = tf.buffer([1, count, width], 'float32', new Float32Array(value.dataSync()));
      for (const id of neurons)
        for (let p = positions === 'all' ? 0 : count - 1; p < count; p++)
          if (id.layer === layer) zeroed.set(0, 0, p, id.neuron);
      return zeroed.toTensor();
    };
    const { logits } = forward(model, tf.tensor2d(promptIds(TOKENS, prompts), [1, 5], 'int32'), {
      hook,
    });
    if (logits === null) throw new Error('no logits');
    return Float32Array.from(tf.slice(logits, [0, 4, 0]).dataSync());
  });
}

function largestDifference(
  loaded: LoadedModel,
  runs: readonly KnockOutRun[],
  outcomes: readonly KnockOutOutcome[],
  mode: 'all' | 'last',
): number {
  let worst = 0;
  runs.forEach(({ prompts, neurons }, r) =>
    prompts.forEach((prompt, i) => {
      const logits = plain(loaded, prompt, neurons, mode);
      const token = TOKENS.numbers[UNIVERSE.answer[prompt] ?? 0] ?? -1;
      expect(outcomes[r]?.correct[i]).toBe(logits.indexOf(Math.max(...logits)) === token ? 1 : 0);
      worst = Math.max(worst, Math.abs((logits[token] ?? NaN) - (outcomes[r]?.answerLogits[i] ?? NaN)));
    }),
  );
  return worst;
}

const aNeuron = (lowest: number): fc.Arbitrary<NeuronId> =>
  fc
    .tuple(fc.integer({ min: lowest, max: LAYERS - 1 }), fc.nat({ max: D_MLP - 1 }))
    .map(([layer, neuron]) => at(layer, neuron));
const runsFrom = (lowest: number): fc.Arbitrary<KnockOutRun[]> =>
  fc.array(
    fc.record({
      prompts: fc.array(fc.nat({ max: UNIVERSE.count - 1 }), { maxLength: 5 }),
      neurons: fc.array(aNeuron(lowest), { maxLength: 8 }),
    }),
    { maxLength: 4 },
  );
const someRuns = fc.integer({ min: 0, max: LAYERS - 1 }).chain(runsFrom);

const CASES = TINY_MODELS.flatMap(([name, config]) =>
  MODES.map((positions) => ({ name, positions, config })),
);

describe.each(CASES)('knocking out in a $name at positions: $positions', ({ positions, config }) => {
  let loaded: LoadedModel;
  beforeAll(() => {
    loaded = tinyModel(5, { ...config, nLayers: LAYERS });
    return () => loaded.dispose();
  });

  const knock = (runs: readonly KnockOutRun[], batch = 7): Promise<KnockOutOutcome[]> =>
    knockOut(loaded.model, TOKENS, UNIVERSE, runs, { positions, batch });

  it('gives what a whole pass with a hook gives, and leaks nothing', async () => {
    await fc.assert(
      fc.asyncProperty(someRuns, async (runs) => {
        const before = liveTensors();
        const outcomes = await knock(runs);
        expect(liveTensors()).toBe(before);
        expect(outcomes).toHaveLength(runs.length);
        expect(largestDifference(loaded, runs, outcomes, positions)).toBeLessThan(1e-5);
      }),
      { numRuns: 25, seed: 1 },
    );
  });

  it('changes nothing where no neuron is knocked out', async () => {
    const prompts = [...UNIVERSE.op1.keys()];
    const [alone] = await knock([{ prompts, neurons: [] }]);
    const [none, some] = await knock([
      { prompts, neurons: [] },
      { prompts, neurons: Array.from({ length: 8 }, (_, n) => at(n % 3, n)) },
    ]);
    const distance = (a: KnockOutOutcome | undefined, b: KnockOutOutcome | undefined): number =>
      Math.max(...prompts.map((i) => Math.abs((a?.answerLogits[i] ?? NaN) - (b?.answerLogits[i] ?? NaN))));
    expect(distance(alone, none)).toBeLessThan(1e-5);
    expect(distance(none, some)).toBeGreaterThan(0.1);
  });

  it('does not depend on batches or on the order of runs', async () => {
    await fc.assert(
      fc.asyncProperty(someRuns, fc.integer({ min: 1, max: 20 }), async (runs, batch) => {
        const outcomes = await knock(runs, batch);
        const reversed = await knock(runs.toReversed(), 512);
        reversed.reverse().forEach(({ correct, answerLogits }, r) => {
          expect(correct).toEqual(outcomes[r]?.correct);
          answerLogits.forEach((logit, i) => expect(outcomes[r]?.answerLogits[i]).toBeCloseTo(logit, 4));
        });
      }),
      { numRuns: 15, seed: 2 },
    );
  });

  it('frees everything when it is stopped', async () => {
    const before = liveTensors();
    let batches = 0;
    const onBatch = (): Promise<void> =>
      ++batches === 3 ? Promise.reject(new Error('stop')) : Promise.resolve();
    const runs = [{ prompts: [...UNIVERSE.op1.keys()], neurons: [at(1, 2)] }];
    const work = knockOut(loaded.model, TOKENS, UNIVERSE, runs, { positions, batch: 5, onBatch });
    await expect(work).rejects.toThrow('stop');
    expect(batches).toBe(3);
    expect(liveTensors()).toBe(before);
  });

  it.each([
    ['a layer', { prompts: [0], neurons: [at(3, 0)] }],
    ['a neuron', { prompts: [0], neurons: [at(0, D_MLP)] }],
    ['a prompt', { prompts: [UNIVERSE.count], neurons: [at(0, 0)] }],
  ])('refuses %s that does not exist', async (_what, run) => {
    await expect(knock([run])).rejects.toThrow(RangeError);
  });
});

it('earlier positions matter, unless only the last layer is touched', async () => {
  const loaded = tinyModel(5, { ...TINY_MODELS[0][1], nLayers: LAYERS });
  const prompts = [3, 9, 20];
  const both = (layer: number): Promise<number[]> =>
    Promise.all(
      MODES.map(async (positions) => {
        const runs = [{ prompts, neurons: [at(layer, 1), at(layer, 4), at(layer, 7)] }];
        const [outcome] = await knockOut(loaded.model, TOKENS, UNIVERSE, runs, { positions });
        return outcome?.answerLogits[1] ?? NaN;
      }),
    );
  const [allLast = NaN, lastLast = NaN] = await both(2);
  expect(allLast).toBeCloseTo(lastLast, 5);
  const [allFirst = NaN, lastFirst = NaN] = await both(0);
  expect(Math.abs(allFirst - lastFirst)).toBeGreaterThan(1e-3);
  loaded.dispose();
});
