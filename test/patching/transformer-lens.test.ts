import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { layerIndex, neuronIndex } from '../../src/domain/ids.js';
import type { PromptPair } from '../../src/domain/prompt.js';
import { startEngine } from '../../src/model/engine.js';
import { forward } from '../../src/model/forward.js';
import { loadModel } from '../../src/model/load-model.js';
import { promptIds, type PromptTokens } from '../../src/model/prompt-tokens.js';
import { attributeNeurons } from '../../src/patching/attribution.js';
import { componentPairEffects } from '../../src/patching/component-effects.js';
import { exactNeuronEffects } from '../../src/patching/exact-effects.js';
import { loadCheckpoint } from '../../src/weights/checkpoint.js';
import { projectPath } from '../support/fixtures.js';

/** What scripts/make_transformer_lens_fixtures.py writes. */
interface Fixture {
  readonly source: { readonly checkpoint: string };
  readonly tokens: Omit<PromptTokens, 'numbers'> & { readonly numbers: number[] };
  readonly pairs: PromptPair[];
  /** Of the first pair, centred over the vocabulary. */
  readonly logits: { readonly clean: number[]; readonly corrupted: number[] };
  /** [layers x positions x parts][pairs], the MLP before the heads */
  readonly components: { readonly logit: number[][]; readonly E: number[][] };
  readonly neurons: number[];
  /** [layers x neurons][pairs] */
  readonly attribution: number[][];
  /** [layers x neurons][pairs] */
  readonly exact: { readonly logit: number[][]; readonly E: number[][] };
}

await startEngine('wasm');

/** Most of the expected values differ from one another, so that no constant passes. */
function requireVaried(actual: ArrayLike<number>, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  expect(new Set(expected).size).toBeGreaterThan(expected.length / 2);
}

/** Largest difference in units of the largest value. */
function difference(actual: ArrayLike<number>, expected: readonly number[]): number {
  requireVaried(actual, expected);
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - (actual[i] ?? NaN))), 0) / scale;
}

/** Largest difference of E, each in units of its own 1 + |E|: on a confident model E goes from -1 to 1e10. */
function differenceOfE(actual: ArrayLike<number>, expected: readonly number[]): number {
  requireVaried(actual, expected);
  const off = (value: number, i: number): number =>
    Math.abs(value - (actual[i] ?? NaN)) / (1 + Math.abs(value));
  return expected.reduce((most, value, i) => Math.max(most, off(value, i)), 0);
}

/** Twice what is seen: effects of neurons are small differences of float32 logits. */
const LIMIT = 3e-5;

describe.each(['embedded-step512', 'embedded-step4000', 'gpt-neox-heads3', 'llama-heads6-kv2'])(
  'effects against TransformerLens: %s',
  async (name) => {
    const fixture = JSON.parse(
      readFileSync(projectPath(`test/fixtures/transformer-lens/${name}.json`), 'utf8'),
    ) as Fixture;
    const { pairs } = fixture;
    const tokens = { ...fixture.tokens, numbers: Int32Array.from(fixture.tokens.numbers) };
    const { config, weights } = await loadCheckpoint(projectPath(fixture.source.checkpoint), 'the test');
    const { model } = loadModel(config, weights);
    const layers = Array.from({ length: config.nLayers }, (_, layer) => layerIndex(layer));
    const neurons = layers.flatMap((layer) =>
      fixture.neurons.map((neuron) => ({ layer, neuron: neuronIndex(neuron) })),
    );

    it('logits', () => {
      for (const side of ['clean', 'corrupted'] as const) {
        const logits = tf.tidy(() => {
          const ids = promptIds(tokens, [pairs[0]?.[side] ?? { op1: 0, op2: 0, operator: '+' }]);
          const input = tf.tensor2d(ids, [1, 5], 'int32');
          return forward(model, input, { positions: 'last' }).logits ?? tf.zeros([0]);
        });
        const values = Float64Array.from(logits.dataSync());
        const mean = values.reduce((sum, z) => sum + z, 0) / values.length;
        expect(
          difference(
            values.map((z) => z - mean),
            fixture.logits[side],
          ),
        ).toBeLessThan(LIMIT);
      }
    });

    it('components at every position', async () => {
      const { logit, paper } = await componentPairEffects(model, tokens, pairs);
      const lastLayer = (config.nLayers - 1) * 4 * (config.nHeads + 1);
      const reaching = (values: ArrayLike<number>): number[] => {
        const silent = 3 * (config.nHeads + 1) * pairs.length;
        const all = Array.from(values);
        expect(all.splice(lastLayer * pairs.length, silent).every((value) => Math.abs(value) < 1e-9)).toBe(
          true,
        );
        return all;
      };
      const { components } = fixture;
      expect(difference(reaching(logit), reaching(components.logit.flat()))).toBeLessThan(LIMIT);
      expect(differenceOfE(reaching(paper), reaching(components.E.flat()))).toBeLessThan(LIMIT);
    });

    it('attribution of neurons', async () => {
      const attributed = await attributeNeurons(model, tokens, pairs, { layers });
      const rows = attributed.flatMap(({ effects }) =>
        fixture.neurons.flatMap((neuron) =>
          pairs.map((_, pair) => effects[pair * config.dMlp + neuron] ?? NaN),
        ),
      );
      expect(difference(rows, fixture.attribution.flat())).toBeLessThan(LIMIT);
    });

    it('exact patching of neurons', async () => {
      const logit = await exactNeuronEffects(model, tokens, pairs, neurons);
      const paper = await exactNeuronEffects(model, tokens, pairs, neurons, { form: 'E' });
      expect(difference(logit, fixture.exact.logit.flat())).toBeLessThan(LIMIT);
      expect(differenceOfE(paper, fixture.exact.E.flat())).toBeLessThan(LIMIT);
    });
  },
);
