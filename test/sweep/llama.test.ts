import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { resolveConfig } from '../../src/config/sweep-config.js';
import { layerIndex } from '../../src/domain/ids.js';
import { MEASURES } from '../../src/domain/measure.js';
import { compileHeuristics } from '../../src/heuristics/plan.js';
import { PRESETS } from '../../src/heuristics/presets.js';
import { startEngine } from '../../src/model/engine.js';
import { forward } from '../../src/model/forward.js';
import { loadModel } from '../../src/model/load-model.js';
import { promptIds } from '../../src/model/prompt-tokens.js';
import { universePass } from '../../src/model/universe-pass.js';
import { buildUniverse } from '../../src/prompts/universe.js';
import { runSql } from '../../src/queries/run-query.js';
import { runClassifyTask } from '../../src/sweep/tasks/classify-task.js';
import { runSweep } from '../../src/sweep/run-sweep.js';
import { arithmeticTokens } from '../../src/tokenizer/tokenizer.js';
import { loadCheckpoint } from '../../src/weights/checkpoint.js';
import { evenLogits, planted, promptsOf, universeOf } from '../heuristics/universe.js';
import { TINY_LLAMA } from '../support/models.js';
import { scratchFolder } from '../support/scratch.js';
import { syntheticSuite } from '../support/synthetic-suite.js';

beforeAll(async () => {
  await startEngine('wasm');
});

describe('a suite of Llamas', () => {
  it('goes from its files through the universe pass as single prompts do', async () => {
    const { manifest, folder } = await syntheticSuite(scratchFolder(), TINY_LLAMA, [0, 5]);
    const results: { predicted: number[]; activations: Float32Array }[] = [];
    for (const { folder: name, files } of manifest.runs[0]?.checkpoints ?? []) {
      const path = join(folder, name);
      const { config, weights, dtype } = await loadCheckpoint(path, 'the test', files);
      expect(config).toEqual({ ...TINY_LLAMA, dVocab: 26 });
      expect(dtype).toBe('F16');
      const tokens = arithmeticTokens(path, readFileSync(join(path, 'tokenizer.json'), 'utf8'), 9);
      const universe = buildUniverse('+', 10, tokens.maxSingleToken);
      const before = tf.memory().numTensors;
      const { model, dispose } = loadModel(config, weights);
      const layers = [layerIndex(1)];
      const { predicted, activations } = await universePass(model, tokens, universe, { layers, batch: 17 });
      const ids = promptIds(tokens, promptsOf(universe));
      const plain = tf.tidy(() => {
        let post = new Float32Array();
        const { logits } = forward(model, tf.tensor2d(ids, [universe.count, 5], 'int32'), {
          positions: 'last',
          hook: ({ name: at, layer }, value) => {
            if (at === 'mlp_post' && layer === 1)
              post = Float32Array.from(
                tf.transpose(tf.reshape(value, [universe.count, config.dMlp])).dataSync(),
              );
            return value;
          },
        });
        if (logits === null) throw new Error('no logits');
        const best = tf.argMax(tf.reshape(logits, [universe.count, config.dVocab]), -1).dataSync();
        return { best: [...best], post };
      });
      dispose();
      expect(tf.memory().numTensors).toBe(before);
      expect([...predicted]).toEqual(plain.best);
      expect(new Set(predicted).size).toBeGreaterThan(1);
      const worst = plain.post.reduce(
        (most, v, i) => Math.max(most, Math.abs(v - (activations[i] ?? NaN))),
        0,
      );
      expect(worst).toBeLessThan(1e-5);
      expect(activations.some((value) => value < -0.1)).toBe(true);
      results.push({ predicted: [...predicted], activations });
    }
    expect(results).toHaveLength(2);
    expect(results[0]?.activations).not.toEqual(results[1]?.activations);
  });

  it('takes every measure, and classifies by both ends of its maps', async () => {
    const folder = scratchFolder();
    const suite = await syntheticSuite(folder, TINY_LLAMA, [0, 5]);
    const db = join(folder, 'a.duckdb');
    const settings = { neurons: 'all', promptSet: 'all', threshold: 0.3, presets: ['paper'] };
    const config = resolveConfig('the test', settings);
    const presets = config.presets.flatMap((name) => PRESETS[name] ?? []);
    await runSweep({ suite, config, presets, db, workers: 0, nearest: () => undefined });
    const rows = async (sql: string): Promise<unknown[][]> =>
      (await runSql({ db, sql })).rows.map((row) => [...row]);
    expect(await rows('SELECT state, count(*)::INTEGER FROM units GROUP BY ALL')).toEqual([
      ['done', 2 * MEASURES.length],
    ]);
    expect(await rows('SELECT architecture, n_heads FROM suites')).toEqual([['llama', 4]]);
    expect(await rows('SELECT DISTINCT sign::INTEGER, map FROM neuron_heuristics ORDER BY ALL DESC')).toEqual(
      [
        [1, 'KV'],
        [1, 'K'],
        [-1, 'K'],
      ],
    );
  });
});

describe('a classification task', () => {
  it('tries the bottom of the map where the model is gated, and only there', () => {
    const universe = universeOf('+', 30, 58);
    const { paper } = PRESETS;
    if (paper === undefined) throw new Error('no preset');
    const activations = planted(promptsOf(universe), ({ op2 }) => op2 % 7 === 2, 3).map((value) => -value);
    const signs = (gated: boolean): unknown =>
      runClassifyTask({
        plans: [compileHeuristics({ preset: paper, universe })],
        activations,
        directLogits: evenLogits(universe),
        seed: 1,
        firstNeuron: 0,
        threshold: null,
        gated,
      }).neurons[0]?.[0]?.matches.flatMap(({ heuristic: { key }, sign }) =>
        key === 'op2 = 2 mod 7' ? [sign] : [],
      );
    expect(signs(true)).toEqual([-1]);
    expect(signs(false)).toEqual([]);
  });
});
