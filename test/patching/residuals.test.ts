import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Prompt } from '../../src/domain/prompt.js';
import { liveTensors, startEngine } from '../../src/model/engine.js';
import { forward } from '../../src/model/forward.js';
import { promptIds } from '../../src/model/prompt-tokens.js';
import { collectResiduals } from '../../src/patching/residuals.js';
import { TINY, tinyModel } from '../support/models.js';

const TOKENS = {
  bos: 0,
  numbers: Int32Array.from({ length: 15 }, (_, n) => n + 2),
  operators: { '+': 17, '-': 18, '*': 19, '/': 20 },
  equals: 21,
};

/** Unsorted, with equal first operands apart from each other. */
const PROMPTS: Prompt[] = [
  [7, 2],
  [3, 3],
  [7, 5],
  [9, 1],
  [3, 0],
  [8, 8],
  [7, 7],
].map(([op1 = 0, op2 = 0]) => ({ operator: '-', op1, op2, answer: op1 - op2 }));

beforeAll(async () => {
  await startEngine('wasm');
});

describe('residuals', () => {
  it.each([2, 3, 100])('are those of plain passes, %i prompts a batch', async (batch) => {
    const { model, dispose } = tinyModel(5);
    const before = liveTensors();
    const { sites, prompts, dModel } = await collectResiduals(model, TOKENS, PROMPTS, { batch });
    expect(liveTensors()).toBe(before);
    expect([prompts, dModel]).toEqual([PROMPTS.length, TINY.dModel]);
    expect(sites.map(({ layer, position }) => `${layer}.${position}`)).toEqual(
      [0, 1].flatMap((layer) => [1, 2, 3, 4].map((position) => `${layer}.${position}`)),
    );
    const plain: Float32Array[] = []; // per layer (prompt, 5, d_model)
    tf.tidy(() => {
      const ids = tf.tensor2d(promptIds(TOKENS, PROMPTS), [PROMPTS.length, 5], 'int32');
      forward(model, ids, {
        hook: ({ name }, value) => {
          if (name === 'resid_post') plain.push(Float32Array.from(value.dataSync()));
          return value;
        },
      });
    });
    dispose();
    for (const { layer, position, values } of sites)
      values.forEach((value, i) => {
        const row = Math.floor(i / dModel) * 5 + position;
        expect(value).toBeCloseTo(plain[layer]?.[row * dModel + (i % dModel)] ?? NaN, 5);
      });
    const lengths = sites.map(({ values }) => new Set(values).size);
    expect(Math.min(...lengths)).toBeGreaterThan(dModel); // not one row again and again
  });

  it('stop where the caller says, and leave nothing behind', async () => {
    const { model, dispose } = tinyModel(5);
    const before = liveTensors();
    let calls = 0;
    const onBatch = (): Promise<void> =>
      ++calls === 3 ? Promise.reject(new Error('stop')) : Promise.resolve();
    await expect(collectResiduals(model, TOKENS, PROMPTS, { batch: 2, onBatch })).rejects.toThrow('stop');
    expect(calls).toBe(3);
    expect(liveTensors()).toBe(before);
    dispose();
  });
});
