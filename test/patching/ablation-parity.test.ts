import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { faithfulness, type Faithfulness } from '../../src/analysis/faithfulness.js';
import { neuronIndex } from '../../src/domain/ids.js';
import { OPERATORS, type Operator } from '../../src/domain/operator.js';
import type { Prompt, PromptTable } from '../../src/domain/prompt.js';
import { addSums, meansOf, type ActivationMeans } from '../../src/model/activation-sums.js';
import { startEngine } from '../../src/model/engine.js';
import { forward } from '../../src/model/forward.js';
import { loadModel } from '../../src/model/load-model.js';
import type { Model } from '../../src/model/model.js';
import { promptIds, type PromptTokens } from '../../src/model/prompt-tokens.js';
import { activationSums } from '../../src/model/universe-pass.js';
import type { Circuit } from '../../src/patching/circuit.js';
import { meanAblation } from '../../src/patching/mean-ablation.js';
import { runCircuits, type CircuitRun } from '../../src/patching/run-circuits.js';
import { arithmeticTokens } from '../../src/tokenizer/tokenizer.js';
import { loadCheckpoint } from '../../src/weights/checkpoint.js';
import type { RawTensor } from '../../src/weights/tensor-source.js';
import { projectPath, readAll } from '../support/fixtures.js';

/** What scripts/make_ablation_fixtures.py writes beside the tensors. */
interface Cases {
  readonly means: readonly { operator: Operator; op1: number; op2: number }[];
  readonly evaluated: readonly Prompt[];
  readonly circuits: readonly {
    readonly name: string;
    readonly layers: readonly Record<'heads' | 'neurons', 'all' | readonly number[]>[];
  }[];
  readonly checkpoints: readonly {
    readonly checkpoint: string;
    readonly values: string;
    readonly faithfulness: readonly number[];
    readonly ratio_of_means: readonly number[];
  }[];
}

const FOLDER = projectPath('test/fixtures/ablation');
const CASES = JSON.parse(readFileSync(`${FOLDER}/cases.json`, 'utf8')) as Cases;
/** Largest difference allowed; the reference is float64, its values of the order of 1. */
const TOLERANCE = 2e-5;

const CIRCUITS = CASES.circuits.map(({ layers }): Circuit => ({
  layers: layers.map(({ heads, neurons }) => ({
    heads,
    neurons: neurons === 'all' ? neurons : neurons.map(neuronIndex),
  })),
}));

function tableOf(operator: Operator): PromptTable {
  const own = CASES.means.filter((prompt) => prompt.operator === operator);
  return {
    operator,
    count: own.length,
    op1: Uint16Array.from(own, ({ op1 }) => op1),
    op2: Uint16Array.from(own, ({ op2 }) => op2),
    answer: new Uint16Array(own.length),
  };
}

function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  expect(new Set(Array.from(expected)).size).toBeGreaterThan(1);
  return Array.from(expected).reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (actual[i] ?? NaN))),
    0,
  );
}

describe.each(CASES.checkpoints)('mean ablation of $checkpoint against TransformerLens', (reference) => {
  let values: Map<string, RawTensor>;
  let means: ActivationMeans;
  let logits: number[];
  let runs: CircuitRun[];

  beforeAll(async () => {
    await startEngine('wasm');
    values = await readAll(`${FOLDER}/${reference.values}`);
    const folder = projectPath(reference.checkpoint);
    const { config, weights } = await loadCheckpoint(folder, 'the test');
    const path = `${folder}/tokenizer.json`;
    const tokens = arithmeticTokens(path, readFileSync(path, 'utf8'), 99);
    const { model, dispose } = loadModel(config, weights);
    const sums = [];
    for (const operator of OPERATORS) sums.push(await activationSums(model, tokens, tableOf(operator)));
    means = meansOf(addSums(sums));
    logits = centredLogits(model, tokens, means);
    runs = await runCircuits(model, tokens, CASES.evaluated, means, CIRCUITS);
    dispose();
  });

  it('means agree at every position, in the last block at the last', () => {
    expect(means.prompts).toBe(CASES.means.length);
    means.means.forEach(({ firstPosition, z, mlpPost }, layer) => {
      expect(firstPosition).toBe(layer === 2 ? 4 : 0);
      const tail = (name: string): Float32Array => {
        const { data, shape } = values.get(`${name}.${layer}`) ?? { data: new Float32Array(), shape: [0] };
        return data.subarray((data.length / (shape[0] ?? 1)) * firstPosition);
      };
      expect(difference(z, tail('z'))).toBeLessThan(TOLERANCE);
      expect(difference(mlpPost, tail('mlp_post'))).toBeLessThan(TOLERANCE);
    });
  });

  it('logits of every circuit agree, centred over the vocabulary', () => {
    const expected = values.get('logits')?.data ?? new Float32Array();
    expect(difference(logits, expected)).toBeLessThan(TOLERANCE * Math.max(...expected));
  });

  it('NL, answers and faithfulness of every circuit agree', () => {
    const nl = values.get('nl')?.data ?? new Float32Array();
    expect(
      difference(
        runs.flatMap((run) => [...run.nl]),
        nl,
      ),
    ).toBeLessThan(TOLERANCE);
    expect(runs.flatMap(({ correct }) => [...correct])).toEqual(
      [...nl].map((value) => (value === 1 ? 1 : 0)),
    );
    expect(new Set(runs.map(({ accuracy }) => accuracy)).size).toBeGreaterThan(1);
    const [full, none] = runs;
    const found = runs.map((run) =>
      faithfulness(
        { nl: run.nl, nlNone: none?.nl ?? [], nlModel: full?.nl ?? [] },
        { floor: 0.05, samples: 200, seed: 0 },
      ),
    );
    expect(found.every(({ belowFloor }) => belowFloor === 0)).toBe(true);
    const measured = (of: (one: Faithfulness) => number | null): number[] =>
      found.map((one) => of(one) ?? NaN);
    expect(
      difference(
        measured((one) => one.faithfulness),
        reference.faithfulness,
      ),
    ).toBeLessThan(1e-4);
    expect(
      difference(
        measured((one) => one.ratioOfMeans),
        reference.ratio_of_means,
      ),
    ).toBeLessThan(1e-4);
  });
});

/** Logits at `=` of each circuit and prompt, centred over the vocabulary. */
function centredLogits(model: Model, tokens: PromptTokens, means: ActivationMeans): number[] {
  const { hook, tensors } = meanAblation(model.config, means, CIRCUITS);
  const ids = CIRCUITS.flatMap(() => [...promptIds(tokens, CASES.evaluated)]);
  const values = tf.tidy(() => {
    const { logits } = forward(model, tf.tensor2d(ids, [ids.length / 5, 5], 'int32'), {
      hook,
      positions: 'last',
    });
    return logits === null ? [] : [...tf.sub(logits, tf.mean(logits, -1, true)).dataSync()];
  });
  tf.dispose([...tensors]);
  return values;
}
