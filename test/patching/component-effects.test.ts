import { describe, expect, it } from 'vitest';
import type { PromptPair } from '../../src/domain/prompt.js';
import { liveTensors, startEngine } from '../../src/model/engine.js';
import { loadModel } from '../../src/model/load-model.js';
import { componentEffects, componentPairEffects } from '../../src/patching/component-effects.js';
import { TINY, TINY_MODELS, randomWeights } from '../support/models.js';
import { TINY_PAIRS, TINY_TOKENS, bruteForce } from './brute-force.js';

await startEngine('wasm');

/** Each clean prompt against itself, with some other answer as r'. */
const SELF_PAIRS: readonly PromptPair[] = TINY_PAIRS.map(({ clean, corrupted }) => ({
  clean,
  corrupted: { ...clean, answer: corrupted.answer },
}));

describe.each(TINY_MODELS)('effects of components of a small %s', (_name, config) => {
  const { model } = loadModel(config, randomWeights(config, 5));

  it('are those of whole passes with one value replaced', async () => {
    const effects = await componentPairEffects(model, TINY_TOKENS, TINY_PAIRS);
    expect(effects.sites).toHaveLength(config.nLayers * 4 * (config.nHeads + 1));
    effects.sites.forEach(({ kind, layer, head, position }, row) => {
      const name = kind === 'mlp' ? 'mlp_post' : 'z';
      const expected = bruteForce(model, TINY_TOKENS, TINY_PAIRS, { name, layer, position, index: head });
      TINY_PAIRS.forEach((_pair, i) => {
        const at = row * TINY_PAIRS.length + i;
        expect(Math.abs((effects.logit[at] ?? NaN) - (expected.logit[i] ?? NaN))).toBeLessThan(5e-6);
        expect(Math.abs((effects.paper[at] ?? NaN) - (expected.paper[i] ?? NaN))).toBeLessThan(5e-6);
      });
    });
  });

  it('are exactly 0 where a prompt is patched with itself', async () => {
    const { logit, paper } = await componentPairEffects(model, TINY_TOKENS, SELF_PAIRS);
    expect([...new Set([...logit, ...paper])]).toEqual([0]);
  });

  it('are the same in batches of any size', async () => {
    const whole = await componentPairEffects(model, TINY_TOKENS, TINY_PAIRS);
    for (const batch of [1, 3, 7, 12]) {
      const parts = await componentPairEffects(model, TINY_TOKENS, TINY_PAIRS, { batch });
      expect(parts.sites).toEqual(whole.sites);
      whole.logit.forEach((value, i) => {
        expect(parts.logit[i]).toBeCloseTo(value, 5);
        expect(parts.paper[i]).toBeCloseTo(whole.paper[i] ?? NaN, 5);
      });
    }
  });

  it('are the same where a whole vocabulary of logits is computed for a few rows at once', async () => {
    const whole = await componentPairEffects(model, TINY_TOKENS, TINY_PAIRS);
    const wide = { ...model, config: { ...config, dVocab: 2 ** 23 } };
    const sliced = await componentPairEffects(wide, TINY_TOKENS, TINY_PAIRS);
    whole.paper.forEach((value, i) => {
      expect(sliced.paper[i]).toBeCloseTo(value, 5);
    });
  });

  it('are summarised over pairs', async () => {
    const { logit, paper } = await componentPairEffects(model, TINY_TOKENS, TINY_PAIRS);
    const effects = await componentEffects(model, TINY_TOKENS, TINY_PAIRS);
    const row = config.nHeads + 3; // Layer 0, position 2, head 1.
    const [n, own] = [TINY_PAIRS.length, [row * TINY_PAIRS.length, (row + 1) * TINY_PAIRS.length]] as const;
    const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / n;
    expect(effects[row]).toMatchObject({ kind: 'head', layer: 0, position: 2, head: 1, n, notFinite: 0 });
    expect(effects[row]?.meanLogit).toBeCloseTo(mean(logit.subarray(...own)), 12);
    expect(effects[row]?.meanE).toBeCloseTo(mean(paper.subarray(...own)), 12);
    expect(effects[row]?.medianLogit).toBe([...logit.subarray(...own)].sort((a, b) => a - b)[2]);
  });

  it('leave no tensor behind, also when stopped at any batch', async () => {
    const before = liveTensors();
    let calls = 0;
    const count = (): Promise<void> => {
      calls++;
      return Promise.resolve();
    };
    await componentEffects(model, TINY_TOKENS, TINY_PAIRS, { batch: 15, onBatch: count });
    expect(liveTensors()).toBe(before);
    expect(calls).toBeGreaterThan(6);
    for (let stop = 1; stop <= calls; stop += 3) {
      let left = stop;
      const onBatch = (): Promise<void> =>
        --left > 0 ? Promise.resolve() : Promise.reject(new Error('stopped'));
      await expect(componentEffects(model, TINY_TOKENS, TINY_PAIRS, { batch: 15, onBatch })).rejects.toThrow(
        'stopped',
      );
      expect(liveTensors()).toBe(before);
    }
    const [pair] = TINY_PAIRS;
    const unknown = pair && [{ ...pair, corrupted: { ...pair.corrupted, op2: 17 } }];
    await expect(componentEffects(model, TINY_TOKENS, unknown ?? [])).rejects.toThrow(RangeError);
    expect(liveTensors()).toBe(before);
  });
});

describe('effects that cannot be measured', () => {
  it('are null, and pairs whose E overflows are counted', async () => {
    const weights = randomWeights(TINY, 5);
    const wU = weights.get('W_U');
    if (wU === undefined) throw new Error('no unembedding');
    const { model } = loadModel(TINY, weights.set('W_U', { ...wU, data: wU.data.map((w) => w * 4e3) }));
    const overflowing = (await componentEffects(model, TINY_TOKENS, TINY_PAIRS)).filter(
      ({ notFinite }) => notFinite > 0,
    );
    expect(overflowing.length).toBeGreaterThan(3);
    for (const { notFinite, n, medianE, meanLogit, sdLogit } of overflowing) {
      expect(notFinite).toBeLessThan(n);
      expect([medianE, meanLogit, sdLogit].every(Number.isFinite)).toBe(true);
    }
    const alone = await Promise.all(
      TINY_PAIRS.map(async (pair) => componentEffects(model, TINY_TOKENS, [pair])),
    );
    const left = alone.flat().filter(({ notFinite }) => notFinite === 0);
    const none = alone.flat().filter(({ notFinite }) => notFinite === 1);
    expect(none).toHaveLength(overflowing.reduce((sum, { notFinite }) => sum + notFinite, 0));
    expect(none.every(({ meanE, medianE, sdE }) => [meanE, medianE, sdE].every((e) => e === null))).toBe(
      true,
    );
    expect(none.every(({ meanLogit, sdLogit }) => meanLogit !== null && sdLogit === null)).toBe(true);
    expect(left.every(({ meanE, medianE, sdE }) => meanE === medianE && sdE === null)).toBe(true);
  });

  it('are null without pairs', async () => {
    const { model } = loadModel(TINY, randomWeights(TINY, 5));
    const effects = await componentEffects(model, TINY_TOKENS, []);
    expect(effects).toHaveLength(2 * 4 * 4);
    expect(effects[0]).toMatchObject({ n: 0, notFinite: 0, meanE: null, medianLogit: null, sdLogit: null });
  });
});
