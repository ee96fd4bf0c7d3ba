import * as tf from '@tensorflow/tfjs-core';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Prompt } from '../../src/domain/prompt.js';
import { startEngine } from '../../src/model/engine.js';
import { loadModel } from '../../src/model/load-model.js';
import {
  classifierGradient,
  fitClassifier,
  pick,
  scoreClassifier,
  type Examples,
} from '../../src/patching/linear-classifier.js';
import { standardise } from '../../src/patching/probe.js';
import { collectResiduals } from '../../src/patching/residuals.js';
import { arithmeticTokens } from '../../src/tokenizer/tokenizer.js';
import { loadCheckpoint } from '../../src/weights/checkpoint.js';
import type { RawTensor } from '../../src/weights/tensor-source.js';
import { projectPath, readAll } from '../support/fixtures.js';

/** What scripts/make_probe_fixture.py states of its tensors. */
interface Reference {
  readonly step: number;
  readonly layer: number;
  readonly position: number;
  readonly train: number;
  readonly classes: number;
  readonly startLoss: number;
  readonly adam: { readonly learningRate: number; readonly updates: number };
  readonly logisticRegression: {
    readonly l2: number;
    readonly testAccuracy: number;
    readonly testLoss: number;
  };
}

let facts: Reference;
let tensors: Map<string, RawTensor>;
let prompts: Prompt[];
let train: Examples;
let test: Examples;

const tensor = (name: string): RawTensor => {
  const found = tensors.get(name);
  if (found === undefined) throw new Error(name);
  return found;
};

/** Largest absolute difference; the fixture must not be all alike. */
function largestDifference(found: ArrayLike<number>, expected: Float32Array): number {
  expect(found).toHaveLength(expected.length);
  expect(new Set(expected).size).toBeGreaterThan(10);
  return Math.max(...expected.map((value, i) => Math.abs(value - (found[i] ?? NaN))));
}

beforeAll(async () => {
  await startEngine('wasm');
  facts = JSON.parse(await readFile(projectPath('test/fixtures/probe/reference.json'), 'utf8')) as Reference;
  tensors = await readAll(projectPath('test/fixtures/probe/reference.safetensors'));
  const operands = tensor('prompts').data;
  prompts = Array.from({ length: operands.length / 2 }, (_, p) => {
    const [op1 = 0, op2 = 0] = operands.subarray(2 * p, 2 * p + 2);
    return { operator: '-', op1, op2, answer: op1 - op2 };
  });
  const indices = [...prompts.keys()];
  const labels = Int32Array.from(prompts, ({ answer }) => answer); // every answer from 0 on occurs
  const examples = standardise(tensor('residuals').data, labels, indices.slice(0, facts.train));
  train = pick(examples, indices.slice(0, facts.train));
  test = pick(examples, indices.slice(facts.train));
});

describe('against the reference', () => {
  it('residuals are those of transformers', async () => {
    const folder = projectPath(`checkpoints/embedded/seed0/step${facts.step}`);
    const path = `${folder}/tokenizer.json`;
    const tokens = arithmeticTokens(path, await readFile(path, 'utf8'), 99);
    const { config, weights } = await loadCheckpoint(folder, 'the test');
    const { model, dispose } = loadModel(config, weights);
    const { sites } = await collectResiduals(model, tokens, prompts, { batch: 128 });
    dispose();
    const site = sites.find(({ layer, position }) => layer === facts.layer && position === facts.position);
    expect(largestDifference(site?.values ?? [], tensor('residuals').data)).toBeLessThan(1e-5);
  });

  it('loss and gradient of given weights are NumPy’s', () => {
    const start = tensor('start');
    const weights = tf.tensor(start.data, [...start.shape]);
    const gradient = tf.tidy(() => classifierGradient(weights, train, facts.classes).dataSync());
    expect(largestDifference(gradient, tensor('gradient').data)).toBeLessThan(1e-5);
    expect(scoreClassifier(weights, train).loss).toBeCloseTo(facts.startLoss, 5);
    weights.dispose();
  });

  it('full-batch updates are those of PyTorch’s Adam', async () => {
    const { learningRate, updates } = facts.adam;
    const settings = { learningRate, epochs: updates, batch: facts.train, l2: 0, seed: 0 };
    const weights = await fitClassifier({ examples: train, classes: facts.classes, settings });
    expect(largestDifference(weights.dataSync(), tensor('adam').data)).toBeLessThan(1e-5);
    weights.dispose();
  });

  it('run to convergence, gives the probabilities of scikit-learn’s logistic regression', async () => {
    const { l2, testAccuracy, testLoss } = facts.logisticRegression;
    const settings = { learningRate: 0.005, epochs: 3000, batch: facts.train, l2, seed: 0 };
    const weights = await fitClassifier({ examples: train, classes: facts.classes, settings });
    const found = scoreClassifier(weights, test);
    expect(Math.abs(found.accuracy - testAccuracy)).toBeLessThanOrEqual(0.02);
    expect(Math.abs(found.loss - testLoss)).toBeLessThan(0.002);
    const probabilities = tf.tidy(() =>
      tf.softmax(tf.matMul(tf.tensor2d(test.features, [test.labels.length, test.width]), weights)).dataSync(),
    );
    expect(largestDifference(probabilities, tensor('probabilities').data)).toBeLessThan(0.002);
    weights.dispose();
  });
});
