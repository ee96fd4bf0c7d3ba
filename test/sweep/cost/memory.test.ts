import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { shapeOf } from '../../../src/config/hub-suite.js';
import { parameterCount, rowBytes, type ModelShape } from '../../../src/config/model-size.js';
import { DoesNotFitError } from '../../../src/errors/sweep-errors.js';
import { startEngine } from '../../../src/model/engine.js';
import { forward } from '../../../src/model/forward.js';
import { recordPairs } from '../../../src/patching/recorded-run.js';
import { planMemory, type Room } from '../../../src/sweep/cost/memory.js';
import { shippedManifest } from '../../support/manifests.js';
import { TINY, TINY_LLAMA, tinyModel } from '../../support/models.js';
import { TINY_TOKENS } from '../../support/tiny-tokens.js';

const WASM: Room = {
  engine: 'wasm',
  engines: 2,
  engineBytes: 3.75 * 2 ** 30,
  ownMemory: false,
  machineBytes: 24e9,
};
const GPU: Room = {
  engine: 'tensorflow',
  engines: 1,
  engineBytes: 80e9,
  ownMemory: true,
  machineBytes: 64e9,
};

const shape = async (suite: string): Promise<ModelShape> => shapeOf(await shippedManifest(suite));
const sizeOf = ({ nLayers }: ModelShape) => ({
  heuristicLayers: nLayers / 2,
  recordedShare: 0.015,
  prompts: 225_686,
  answers: 531,
  batch: 1024,
});

function failureOf(work: () => unknown): DoesNotFitError {
  try {
    work();
  } catch (error) {
    if (error instanceof DoesNotFitError) return error;
    throw error;
  }
  throw new Error('it fits');
}

describe('plan of memory', () => {
  it('holds Pythia-410m on wasm, one checkpoint at a time', async () => {
    const model = await shape('pythia-410m');
    const plan = planMemory('pythia-410m', model, sizeOf(model), WASM);
    expect(plan.inFlight).toBe(1);
    expect(plan.batch).toBeGreaterThan(90);
    expect(plan.engineBytes).toBeGreaterThan(4 * parameterCount(model));
    expect(plan.engineBytes).toBeLessThanOrEqual(3.75 * 2 ** 30);
    expect(plan.machineBytes).toBeGreaterThan(2 * plan.engineBytes);
    expect(plan.machineBytes).toBeLessThanOrEqual(0.85 * 24e9);
  });

  it('holds Pythia-70m on wasm with the batch that is wanted', async () => {
    const model = await shape('pythia-70m');
    expect(planMemory('pythia-70m', model, sizeOf(model), WASM)).toMatchObject({ batch: 1024, inFlight: 2 });
  });

  it('holds Pythia-6.9b and 12b as float32 on a GPU of 80 GB, the larger once', async () => {
    const model = await shape('pythia-6.9b');
    const plan = planMemory('pythia-6.9b', model, sizeOf(model), GPU);
    expect(plan.batch).toBeGreaterThan(50);
    expect(plan.engineBytes).toBeLessThanOrEqual(80e9);
    expect(plan.machineBytes).toBeLessThan(10e9); // maps, not weights
    const large = await shape('pythia-12b');
    expect(planMemory('pythia-12b', large, sizeOf(large), GPU)).toMatchObject({ inFlight: 1 });
    const small = { ...GPU, engineBytes: 40e9 };
    const error = failureOf(() => planMemory('pythia-12b', large, sizeOf(large), small));
    expect(error.message).toMatch(/pythia-12b needs about 4\d\.\d GB, the engine's device has 40\.0 GB/);
  });

  it('records the maps of all neurons in turns where they do not fit', async () => {
    const model = await shape('pythia-410m');
    const all = { ...sizeOf(model), recordedShare: 1 };
    const plan = planMemory('a', model, all, WASM);
    expect(plan.inFlight * plan.mapBytes).toBeLessThanOrEqual(0.85 * 12e9);
    expect(plan.mapBytes).toBeLessThan((12 * 4096 * 225_686 * 4) / 2);
    expect(plan.machineBytes).toBeLessThanOrEqual(0.85 * 24e9);
  });

  it('says what would fit: another engine, fewer workers', async () => {
    const model = await shape('pythia-1b');
    const tooLarge = failureOf(() => planMemory('pythia-1b', model, sizeOf(model), WASM));
    expect(tooLarge.message).toMatch(/an engine 'wasm' has 4\.0 GB/);
    expect(tooLarge.next).toContain('--engine tensorflow');

    const small = await shape('pythia-410m');
    const many = { ...WASM, engines: 20 };
    expect(failureOf(() => planMemory('a', small, sizeOf(small), many)).next).toMatch(/--workers 1\d:/);
  });

  it('takes the batch that is wanted where it is small already', async () => {
    const model = await shape('pythia-410m');
    expect(planMemory('a', model, { ...sizeOf(model), batch: 3 }, WASM).batch).toBe(3);
  });
});

describe('bytes of a row', () => {
  const SIZE = { dModel: 64, dMlp: 256, nHeads: 4, dHead: 16, nKvHeads: 4, dVocab: 300, nLayers: 6 };
  const ROWS = 8;

  it.each([
    ['GPT-NeoX', { ...TINY, ...SIZE, rotaryDims: 16 }],
    ['Llama', { ...TINY_LLAMA, ...SIZE, rotaryDims: 16 }],
  ] as const)('of a %s are at least what the engine holds, and not much more', async (_name, config) => {
    await startEngine('cpu');
    const { model, dispose } = tinyModel(1, config);
    const pairs = Array.from({ length: ROWS }, (_, i) => ({
      clean: { operator: '+' as const, op1: i, op2: 1, answer: i + 1 },
      corrupted: { operator: '+' as const, op1: 1, op2: i + 1, answer: i + 2 },
    }));
    const recorded = await peakOf(() => {
      recordPairs(model, TINY_TOKENS, pairs, ['resid_pre', 'mlp_post']);
    });
    const plain = await peakOf(() => {
      forward(model, tf.zeros([ROWS, 5], 'int32'), { positions: 'last', cache: false });
    });
    dispose();
    const predicted = ROWS * rowBytes(config, 5);
    expect(predicted).toBeGreaterThan(recorded);
    expect(predicted).toBeLessThan(2 * recorded);
    expect(plain).toBeLessThan(recorded);
  });

  it('of a pass grow with the layers by what outlives them alone', async () => {
    await startEngine('cpu');
    const peaks: number[] = [];
    for (const nLayers of [3, 12]) {
      const { model, dispose } = tinyModel(1, { ...TINY, ...SIZE, nLayers, rotaryDims: 16 });
      peaks.push(
        await peakOf(() => {
          forward(model, tf.zeros([ROWS, 5], 'int32'), { positions: 'last', cache: false });
        }),
      );
      dispose();
    }
    const [few = 0, many = 0] = peaks;
    expect(many - few).toBeLessThan(2 * 9 * 4 * ROWS * 5 * SIZE.dModel); // the residual stream, twice at most
  });
});

/** Most bytes in the engine at any time of some work, less what there was before. */
async function peakOf(work: () => void): Promise<number> {
  const before = tf.memory().numBytes;
  const { peakBytes } = await tf.profile(() => {
    tf.tidy(work);
    return [];
  });
  return peakBytes - before;
}
