import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { layerIndex } from '../../src/domain/ids.js';
import { directLogits } from '../../src/model/direct-logits.js';
import { startEngine } from '../../src/model/engine.js';
import { forward } from '../../src/model/forward.js';
import type { Model } from '../../src/model/model.js';
import { replaceAt, type Hook } from '../../src/model/hooks.js';
import { loadModel } from '../../src/model/load-model.js';
import { universePass } from '../../src/model/universe-pass.js';
import { buildUniverse } from '../../src/prompts/universe.js';
import { TINY, randomWeights, tinyModel } from '../support/models.js';
import { TINY_TOKENS as TOKENS } from '../support/tiny-tokens.js';

beforeAll(async () => {
  await startEngine('wasm');
});

/** The plain way: all five tokens of one prompt, nothing shared. */
function plain(model: Model, ids: number[]): { token: number; post: Float32Array[] } {
  return tf.tidy(() => {
    const post: Float32Array[] = [];
    const hook: Hook = ({ name }, value) => {
      if (name === 'mlp_post')
        post.push(Float32Array.from(tf.slice(value, [0, ids.length - 1, 0], [1, 1, -1]).dataSync()));
      return value;
    };
    const { logits } = forward(model, tf.tensor2d([ids], [1, ids.length], 'int32'), { hook });
    const last = logits === null ? [] : tf.slice(logits, [0, ids.length - 1, 0], [1, 1, -1]).dataSync();
    return { token: [...last].indexOf(Math.max(...last)), post };
  });
}

describe('the universe pass', () => {
  it.each(['+', '-', '/'] as const)('gives for %s what single, unshared passes give', async (operator) => {
    const { model, dispose } = tinyModel(7);
    const universe = buildUniverse(operator, 8, 14);
    const before = tf.memory().numTensors;
    const layers = [layerIndex(0), layerIndex(1)];
    const { predicted, activations } = await universePass(model, TOKENS, universe, { layers, batch: 10 });
    expect(tf.memory().numTensors).toBe(before);
    let worst = 0;
    for (let p = 0; p < universe.count; p++) {
      const number = (n: number | undefined): number => TOKENS.numbers[n ?? -1] ?? -1;
      const ids = [
        TOKENS.bos,
        number(universe.op1[p]),
        TOKENS.operators[operator],
        number(universe.op2[p]),
        TOKENS.equals,
      ];
      const { token, post } = plain(model, ids);
      expect(predicted[p]).toBe(token);
      post.forEach((row, layer) => {
        row.forEach((value, n) => {
          worst = Math.max(
            worst,
            Math.abs(value - (activations[(layer * TINY.dMlp + n) * universe.count + p] ?? NaN)),
          );
        });
      });
    }
    expect(worst).toBeLessThan(1e-5);
    dispose();
  });

  it('frees everything when it is stopped', async () => {
    const { model, dispose } = tinyModel(7);
    const before = tf.memory().numTensors;
    let batches = 0;
    const onBatch = (): Promise<void> =>
      ++batches === 3 ? Promise.reject(new Error('stop')) : Promise.resolve();
    const pass = universePass(model, TOKENS, buildUniverse('+', 8, 14), {
      layers: [layerIndex(1)],
      batch: 10,
      onBatch,
    });
    await expect(pass).rejects.toThrow('stop');
    expect(tf.memory().numTensors).toBe(before);
    dispose();
  });
});

describe('hooks', () => {
  const ids = [[0, 3, 17, 5, 21]];
  const other = [[0, 9, 18, 2, 21]];

  function run(model: Model, tokens: number[][], hook?: Hook): Float32Array {
    return tf.tidy(() => {
      const { logits } = forward(
        model,
        tf.tensor2d(tokens, [1, 5], 'int32'),
        hook === undefined ? {} : { hook },
      );
      return Float32Array.from(logits?.dataSync() ?? []);
    });
  }

  function valueAt(model: Model, tokens: number[][], wanted: 'z' | 'resid_post', layer: number): tf.Tensor {
    const seen: tf.Tensor[] = [];
    run(model, tokens, (point, value) => {
      if (point.name === wanted && point.layer === layer) seen.push(tf.keep(value.clone()));
      return value;
    });
    const [value] = seen;
    if (value === undefined) throw new Error(`${wanted} was not seen`);
    return value;
  }

  it('replacing a value by itself changes nothing', () => {
    const { model } = tinyModel(3);
    const z = valueAt(model, ids, 'z', 0);
    const patched = run(model, ids, replaceAt({ name: 'z', layer: layerIndex(0) }, [1, 3, 4], z));
    expect(patched).toEqual(run(model, ids));
  });

  it('replacing the last residual everywhere gives the other prompt’s logits, and at one position only there', () => {
    const { model } = tinyModel(3);
    const resid = valueAt(model, other, 'resid_post', 1);
    const point = { name: 'resid_post', layer: layerIndex(1) } as const;
    const full = run(model, other);
    expect(run(model, ids, replaceAt(point, [0, 1, 2, 3, 4], resid))).toEqual(full);
    const one = run(model, ids, replaceAt(point, [3], resid));
    const width = TINY.dVocab;
    expect(one.slice(3 * width, 4 * width)).toEqual(full.slice(3 * width, 4 * width));
    expect(one.slice(4 * width)).toEqual(run(model, ids).slice(4 * width));
  });

  it('an earlier position patched reaches later ones, never earlier ones', () => {
    const { model } = tinyModel(3);
    const z = valueAt(model, other, 'z', 0);
    const patched = run(model, ids, replaceAt({ name: 'z', layer: layerIndex(0) }, [1], z));
    const clean = run(model, ids);
    const width = TINY.dVocab;
    expect(patched.slice(0, width)).toEqual(clean.slice(0, width));
    expect(patched.slice(4 * width)).not.toEqual(clean.slice(4 * width));
  });
});

describe('direct logits', () => {
  const answers = Int32Array.of(2, 9, 16, 4);
  const weights = randomWeights(TINY, 11);
  const get = (name: string): { shape: readonly number[]; data: Float32Array } => {
    const tensor = weights.get(name);
    if (tensor === undefined) throw new Error(name);
    return tensor;
  };

  it('are the formula of the method, term by term', () => {
    const { model, dispose } = loadModel(TINY, weights);
    const found = directLogits(model, layerIndex(1), answers);
    dispose();
    const { dModel, dVocab, dMlp } = TINY;
    const gain = get('ln_final.w').data;
    const unembed = get('W_U').data; // (d_model, d_vocab)
    const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;
    const centred = (xs: number[]): number[] => xs.map((x) => x - mean(xs));
    const column = (t: number): number[] =>
      centred(Array.from({ length: dModel }, (_, i) => (gain[i] ?? 0) * (unembed[i * dVocab + t] ?? 0)));
    const columns = Array.from({ length: dVocab }, (_, t) => column(t));
    const overVocabulary = Array.from({ length: dModel }, (_, i) => mean(columns.map((c) => c[i] ?? 0)));
    const out = get('blocks.1.W_out').data; // (d_mlp, d_model)
    const expected = Array.from({ length: dMlp }, (_, n) => {
      const v = centred(Array.from(out.subarray(n * dModel, (n + 1) * dModel)));
      return [...answers].map((t) =>
        v.reduce((sum, x, i) => sum + x * ((columns[t]?.[i] ?? 0) - (overVocabulary[i] ?? 0)), 0),
      );
    }).flat();
    expect(found).toHaveLength(expected.length);
    found.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i] ?? NaN, 4);
    });
  });

  it('do not change when a constant is added to every logit', () => {
    const shifted = new Map(weights);
    const { shape, data } = get('W_U');
    // The same vector added to every column adds the same to all logits of a prompt.
    shifted.set('W_U', {
      shape,
      data: data.map((value, i) => value + Math.sin(Math.floor(i / TINY.dVocab))),
    });
    const logits = [weights, shifted].map((set) => {
      const { model, dispose } = loadModel(TINY, set);
      const result = directLogits(model, layerIndex(0), answers);
      dispose();
      return result;
    });
    const [a, b] = logits;
    a?.forEach((value, i) => {
      expect(b?.[i]).toBeCloseTo(value, 4);
    });
  });
});
