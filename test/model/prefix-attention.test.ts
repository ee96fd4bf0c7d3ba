import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { liveTensors, startEngine } from '../../src/model/engine.js';
import { forward } from '../../src/model/forward.js';
import { hookOn } from '../../src/model/hooks.js';
import type { KvCache } from '../../src/model/kv-cache.js';
import type { Model } from '../../src/model/model.js';
import { worthSharing } from '../../src/model/prefix-attention.js';
import { TINY_MODELS, tinyModel } from '../support/models.js';

// Prefixes are not shared on `wasm`, where that is no quicker.
beforeAll(async () => {
  await startEngine('cpu');
});

/** Tokens of some rows, no two alike in a row. */
function tokens(rows: number, width: number, phase: number): tf.Tensor2D {
  const ids = Int32Array.from({ length: rows * width }, (_, i) => (7 * i + phase + Math.floor(i / 11)) % 23);
  return tf.tensor2d(ids, [rows, width], 'int32');
}

interface Run {
  readonly cache: KvCache;
  readonly runs: readonly number[];
  readonly positions: 'all' | 'last';
  readonly count: number;
}

/** `z` of every block and `resid_post` of the last, with attention that copies each row's prefix or that shares it. */
function valuesOf(model: Model, { cache, runs, positions, count }: Run, shared: boolean): number[] {
  return tf.tidy(() => {
    const rows = tf.tensor1d(
      runs.flatMap((run, prefix) => Array.from({ length: run }, () => prefix)),
      'int32',
    );
    const seen: number[] = [];
    let sharing = true;
    const watched = shared ? (['z'] as const) : (['z', 'pattern'] as const); // a pattern that is looked at must be made
    const hook = hookOn(watched, ({ name }, value) => {
      if (name === 'z') seen.push(...value.dataSync());
      else sharing = false;
      return value;
    });
    const prefix = { cache, rows, runs };
    const input = tokens(rows.size, count, 3);
    const { resid } = forward(model, input, { prefix, positions, hook, output: 'none', cache: false });
    expect(sharing).toBe(shared);
    return [...seen, ...resid.dataSync()];
  });
}

describe.each(TINY_MODELS)('attention of rows that share prefixes, %s', (_, config) => {
  it.each([
    { runs: [40, 40, 40], positions: 'all', count: 2 },
    { runs: [40, 33, 0, 59], positions: 'all', count: 2 },
    { runs: [40, 33, 0, 59], positions: 'last', count: 2 },
    { runs: [50, 35], positions: 'all', count: 1 },
    { runs: [35, 50], positions: 'last', count: 4 },
    { runs: [36, 41], positions: 'all', count: 3 },
  ] as const)('gives what copies of them give: %o', (given) => {
    const { model, dispose } = tinyModel(5, config);
    const before = liveTensors();
    tf.tidy(() => {
      const { cache } = forward(model, tokens(given.runs.length, 3, 1), { output: 'none' });
      const [copied, shared] = [false, true].map((sharing) => valuesOf(model, { cache, ...given }, sharing));
      expect(shared).toHaveLength(copied?.length ?? NaN);
      const worst = shared?.reduce((most, x, i) => Math.max(most, Math.abs(x - (copied?.[i] ?? NaN))), 0);
      expect(worst).toBeLessThan(2e-5);
      expect(new Set(shared?.map((x) => x.toFixed(3))).size).toBeGreaterThan(100);
    });
    expect(liveTensors()).toBe(before);
    dispose();
  });
});

describe('rows that share prefixes', () => {
  it('are worth a product of their own when there are many of each', () => {
    expect(worthSharing([300, 0, 200])).toBe(true);
    expect(worthSharing([8, 7, 9, 30])).toBe(false);
  });
});
