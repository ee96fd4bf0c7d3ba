import * as tf from '@tensorflow/tfjs-core';
import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { layerIndex } from '../../src/domain/ids.js';
import type { ModelConfig } from '../../src/domain/model-config.js';
import { startEngine } from '../../src/model/engine.js';
import { forward } from '../../src/model/forward.js';
import type { Model } from '../../src/model/model.js';
import { HOOK_SHAPES, type Hook, type HookName } from '../../src/model/hooks.js';
import { loadModel } from '../../src/model/load-model.js';
import { rotation } from '../../src/model/rotary.js';
import { loadCheckpoint } from '../../src/weights/checkpoint.js';
import type { RawTensor } from '../../src/weights/tensor-source.js';
import { PRESENT_ENGINES } from '../support/engines.js';
import { projectPath, readAll } from '../support/fixtures.js';

/** Largest difference allowed, relative to the tensor's scale (its largest absolute value). */
const TOLERANCE = 1e-4;

/** Hook points that the references of an architecture hold; the rest is `attn_scores`, whose softmax is `pattern`. */
const RECORDED: Readonly<Record<string, readonly HookName[]>> = {
  'gpt-neox': ['embed', 'resid_pre', 'q', 'k', 'v', 'pattern', 'z', 'attn_out', 'mlp_post', 'mlp_out'],
  llama: hookNames().filter((name) => name !== 'attn_scores'),
};

const FIXTURES = [
  'gpt-neox/heads3-rotary-half',
  'gpt-neox/heads2-rotary-quarter',
  'gpt-neox/heads4-rotary-full',
  'gpt-neox/embedded-last',
  'llama/heads6-kv2-llama3',
  'llama/heads5-kv1-tied',
  'llama/heads5-kv5-biases',
];

function hookNames(): HookName[] {
  return Object.keys(HOOK_SHAPES).filter((name): name is HookName => name in HOOK_SHAPES);
}

function fixturePath(fixture: string): string {
  return projectPath(`test/fixtures/${fixture}`);
}

function checkpointOf(fixture: string): string {
  const folder = fixturePath(fixture);
  if (existsSync(`${folder}/config.json`)) return folder;
  const source = JSON.parse(readFileSync(`${folder}/source.json`, 'utf8')) as { checkpoint: string };
  return projectPath(source.checkpoint);
}

function relativeDifference(actual: ArrayLike<number>, expected: Float32Array): number {
  expect(actual.length).toBe(expected.length);
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const difference = expected.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (actual[i] ?? NaN))),
    0,
  );
  expect(scale).toBeGreaterThan(0);
  return difference / scale;
}

function tokensOf(reference: ReadonlyMap<string, RawTensor>): { ids: Int32Array; shape: [number, number] } {
  const tokens = reference.get('tokens');
  const [batch = 0, pos = 0] = tokens?.shape ?? [];
  return { ids: Int32Array.from(tokens?.data ?? []), shape: [batch, pos] };
}

function lastOf({ shape, data }: RawTensor): Float32Array {
  const [batch = 0, pos = 0, width = 0] = shape;
  return Float32Array.from({ length: batch * width }, (_, i) => {
    const row = Math.floor(i / width);
    return data[(row * pos + pos - 1) * width + (i % width)] ?? NaN;
  });
}

async function withModel<T>(fixture: string, use: (model: Model) => T): Promise<T> {
  const { config, weights } = await loadCheckpoint(checkpointOf(fixture), 'the test');
  const before = tf.memory().numTensors;
  const loaded = loadModel(config, weights);
  try {
    return use(loaded.model);
  } finally {
    loaded.dispose();
    expect(tf.memory().numTensors).toBe(before);
  }
}

/** Runs a model and gives what its hooks saw, by name and layer. */
function activations(run: (hook: Hook) => unknown): Map<string, Float32Array> {
  const seen = new Map<string, Float32Array>();
  tf.tidy(() => {
    run(({ name, layer }, value) => {
      seen.set(layer === null ? name : `${name}.${layer}`, Float32Array.from(value.dataSync()));
      return value;
    });
  });
  return seen;
}

describe.each(PRESENT_ENGINES)('Hugging Face transformers on %s', (engine) => {
  beforeAll(async () => {
    await startEngine(engine);
  });

  it.each(FIXTURES)('%s: every activation agrees', async (fixture) => {
    const reference = await readAll(`${fixturePath(fixture)}/activations.safetensors`);
    const { ids, shape } = tokensOf(reference);
    await withModel(fixture, (model) => {
      const seen = activations((hook) => forward(model, tf.tensor2d(ids, shape, 'int32'), { hook }));
      const compared = [...reference.keys()].filter((name) => name !== 'tokens');
      const wanted = RECORDED[fixture.split('/')[0] ?? ''] ?? [];
      const names = [...seen.keys()].filter((key) => wanted.some((name) => name === key.split('.')[0]));
      expect(names.length).toBeGreaterThanOrEqual(1 + (wanted.length - 3) * model.config.nLayers);
      expect(compared).toEqual(expect.arrayContaining(names));
      const worst = compared.map((name) => ({
        name,
        difference: relativeDifference(seen.get(name) ?? [], reference.get(name)?.data ?? new Float32Array()),
      }));
      expect(worst.filter(({ difference }) => !(difference <= TOLERANCE))).toEqual([]);
    });
  });

  it.each(FIXTURES)('%s: a cached prefix and last-position output change nothing', async (fixture) => {
    const reference = await readAll(`${fixturePath(fixture)}/activations.safetensors`);
    const { ids, shape } = tokensOf(reference);
    const [batch, pos] = shape;
    await withModel(fixture, (model) => {
      const logits = tf.tidy(() => {
        const tokens = tf.tensor2d(ids, shape, 'int32');
        // The prefixes are stored in reverse, so that rows must be looked up.
        const reversed = tf.reverse(tf.slice(tokens, [0, 0], [batch, 3]), 0);
        const { cache } = forward(model, reversed, { positions: 'last', output: 'none' });
        const { nKvHeads, dHead } = model.config;
        expect(cache.layers.map((kv) => kv?.k.shape)).toEqual(
          model.blocks.map(() => [batch, nKvHeads, 3, dHead]),
        );
        const rows = tf.tensor1d(
          Array.from({ length: batch }, (_, i) => batch - 1 - i),
          'int32',
        );
        const rest = tf.slice(tokens, [0, 3], [batch, pos - 3]);
        return Float32Array.from(
          forward(model, rest, { prefix: { cache, rows }, positions: 'last' }).logits?.dataSync() ?? [],
        );
      });
      const expected = reference.get('logits');
      if (expected === undefined) throw new Error('the fixture holds no logits');
      expect(relativeDifference(logits, lastOf(expected))).toBeLessThanOrEqual(TOLERANCE);
    });
  });

  it.each(FIXTURES)('%s: begun at any layer, the pass is the plain one', async (fixture) => {
    const reference = await readAll(`${fixturePath(fixture)}/activations.safetensors`);
    const { ids, shape } = tokensOf(reference);
    const [batch, pos] = shape;
    await withModel(fixture, (model) => {
      for (const positions of ['all', 'last'] as const)
        tf.tidy(() => {
          const tokens = tf.tensor2d(ids, shape, 'int32');
          const { cache } = forward(model, tf.slice(tokens, [0, 0], [batch, 4]), { output: 'none' });
          const options = { prefix: { cache, rows: null }, positions };
          const rest = tf.slice(tokens, [0, 4], [batch, pos - 4]);
          const plain = activations((hook) => forward(model, rest, { ...options, hook }));
          for (let layer = 0; layer < model.config.nLayers; layer++) {
            const resid = tf.tensor(plain.get(`resid_pre.${layer}`) ?? [], [
              batch,
              pos - 4,
              model.config.dModel,
            ]);
            const start = { layer: layerIndex(layer), resid };
            const seen = activations((hook) => forward(model, start, { ...options, hook }));
            expect(seen.get('logits')?.length).toBe(
              batch * (positions === 'all' ? pos - 4 : 1) * model.config.dVocab,
            );
            expect(seen.has(`resid_pre.${layer - 1}`)).toBe(false);
            for (const [name, value] of seen) expect(value, name).toEqual(plain.get(name));
          }
        });
    });
  });
});

describe('llama3 scaling', () => {
  it('stretches the long waves of the fixture and leaves the shortest alone', async () => {
    await startEngine('cpu');
    const { config } = await loadCheckpoint(fixturePath('llama/heads6-kv2-llama3'), 'the test');
    const angles = (c: ModelConfig): number[] =>
      tf.tidy(() => {
        const { sin } = rotation(c, 1, 1);
        return [...sin.dataSync()].slice(0, 4).map(Math.asin);
      });
    const ratios = angles({ ...config, rotaryScaling: null }).map(
      (plain, i) => plain / (angles(config)[i] ?? 0),
    );
    // Waves of 6.3, 13.3, 28.1 and 59.4 positions; of 32, the factor 8 begins at 8 and is whole at 32.
    ratios.forEach((ratio, i) => {
      expect(ratio).toBeCloseTo([1, 1.866, 6.043, 8][i] ?? 0, 2);
    });
  });
});
