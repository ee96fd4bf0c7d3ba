import * as tf from '@tensorflow/tfjs-core';
import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { startEngine } from '../../src/model/engine.js';
import { forward } from '../../src/model/forward.js';
import type { Model } from '../../src/model/model.js';
import type { Hook } from '../../src/model/hooks.js';
import { loadModel } from '../../src/model/load-model.js';
import { loadCheckpoint } from '../../src/weights/checkpoint.js';
import type { RawTensor } from '../../src/weights/safetensors.js';
import { projectPath, readAll } from '../support/fixtures.js';

/** Largest difference allowed, relative to the tensor's scale (its largest absolute value). */
const TOLERANCE = 1e-4;

const FIXTURES = ['heads3-rotary-half', 'heads2-rotary-quarter', 'heads4-rotary-full', 'embedded-last'];

function checkpointOf(fixture: string): string {
  const folder = projectPath(`test/fixtures/gpt-neox/${fixture}`);
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

describe.each(['wasm', 'cpu'] as const)('GPT-NeoX against Hugging Face transformers on %s', (engine) => {
  beforeAll(async () => {
    await startEngine(engine);
  });

  it.each(FIXTURES)('%s: every activation agrees', async (fixture) => {
    const reference = await readAll(projectPath(`test/fixtures/gpt-neox/${fixture}/activations.safetensors`));
    const { ids, shape } = tokensOf(reference);
    await withModel(fixture, (model) => {
      const seen = new Map<string, ArrayLike<number>>();
      const hook: Hook = ({ name, layer }, value) => {
        seen.set(layer === null ? name : `${name}.${layer}`, Float32Array.from(value.dataSync()));
        return value;
      };
      tf.tidy(() => {
        forward(model, tf.tensor2d(ids, shape, 'int32'), { hook });
      });
      const compared = [...reference.keys()].filter((name) => name !== 'tokens');
      expect(compared.length).toBeGreaterThanOrEqual(3 + 8 * model.config.nLayers);
      const worst = compared.map((name) => ({
        name,
        difference: relativeDifference(seen.get(name) ?? [], reference.get(name)?.data ?? new Float32Array()),
      }));
      expect(worst.filter(({ difference }) => !(difference <= TOLERANCE))).toEqual([]);
    });
  });

  it.each(FIXTURES)('%s: a cached prefix and last-position output change nothing', async (fixture) => {
    const reference = await readAll(projectPath(`test/fixtures/gpt-neox/${fixture}/activations.safetensors`));
    const { ids, shape } = tokensOf(reference);
    const [batch, pos] = shape;
    await withModel(fixture, (model) => {
      const logits = tf.tidy(() => {
        const tokens = tf.tensor2d(ids, shape, 'int32');
        // The prefixes are stored in reverse, so that rows must be looked up.
        const reversed = tf.reverse(tf.slice(tokens, [0, 0], [batch, 3]), 0);
        const { cache } = forward(model, reversed, { positions: 'last', output: 'none' });
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
});
