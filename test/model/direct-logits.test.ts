import { beforeAll, describe, expect, it } from 'vitest';
import { layerIndex } from '../../src/domain/ids.js';
import { directLogits } from '../../src/model/direct-logits.js';
import { liveTensors, startEngine } from '../../src/model/engine.js';
import { loadModel } from '../../src/model/load-model.js';
import { TINY_LLAMA, randomWeights } from '../support/models.js';

beforeAll(async () => {
  await startEngine('wasm');
});

const { dModel, dVocab, dMlp } = TINY_LLAMA;

function sumOf(count: number, term: (i: number) => number): number {
  return Array.from({ length: count }, (_, i) => term(i)).reduce((a, b) => a + b, 0);
}

describe('direct logits of a model with RMSNorms', () => {
  it('fold the gain and centre over the vocabulary alone', () => {
    const weights = randomWeights(TINY_LLAMA, 4);
    const value = (name: string, i: number): number => weights.get(name)?.data[i] ?? NaN;
    const column = (i: number, t: number): number => value('ln_final.w', i) * value('W_U', i * dVocab + t);
    const centred = (i: number, t: number): number =>
      column(i, t) - sumOf(dVocab, (other) => column(i, other)) / dVocab;
    const answers = Int32Array.of(3, 20, 0, 11);
    const expected = Array.from({ length: dMlp }, (_, n) =>
      [...answers].map((t) => sumOf(dModel, (i) => value('blocks.1.W_out', n * dModel + i) * centred(i, t))),
    ).flat();
    const before = liveTensors();
    const { model, dispose } = loadModel(TINY_LLAMA, weights);
    const found = directLogits(model, layerIndex(1), answers);
    dispose();
    expect(liveTensors()).toBe(before);
    expect(found).toHaveLength(expected.length);
    const worst = expected.reduce((most, x, i) => Math.max(most, Math.abs(x - (found[i] ?? NaN))), 0);
    expect(worst).toBeLessThan(1e-5);
  });

  it('see a direction of equal entries, which an RMSNorm does not take away', () => {
    const weights = randomWeights(TINY_LLAMA, 4);
    const shift = (by: number): Float32Array => {
      const shifted = new Map(weights);
      const out = weights.get('blocks.0.W_out');
      if (out === undefined) throw new Error('no W_out');
      shifted.set('blocks.0.W_out', { shape: out.shape, data: out.data.map((x) => x + by) });
      const { model, dispose } = loadModel(TINY_LLAMA, shifted);
      const logits = directLogits(model, layerIndex(0), Int32Array.of(5));
      dispose();
      return logits;
    };
    const [plain, moved] = [shift(0), shift(0.5)];
    plain.forEach((x, n) => {
      expect(Math.abs(x - (moved[n] ?? NaN))).toBeGreaterThan(0.01);
    });
  });
});
