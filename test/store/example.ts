import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Family, Target } from '../../src/domain/heuristic.js';
import type { Measure } from '../../src/domain/measure.js';
import type { Operator } from '../../src/domain/operator.js';
import { commitStep } from '../support/commit-step.js';
import type { StepBatch, UnitBatch } from '../../src/store/encode-batch.js';
import type { FactOf, RowOf } from '../../src/store/schema/tables.js';
import { exampleConfiguration } from './example-configuration.js';

/**
 * A hand-made database small enough to know every answer by heart: suite `toy`, layers 1 and 2 with two neurons each,
 * operators + and *. Seed 0 has four steps; seed 1 has step 0 failed and step 1000 done.
 */
export const EXAMPLE_STEPS = [0, 10, 100, 1000] as const;
export type ExampleStep = (typeof EXAMPLE_STEPS)[number];

interface ExampleHeuristic {
  readonly operator: Operator;
  readonly key: string;
  readonly target: Target;
  readonly family: Family;
}
export const EXAMPLE_HEURISTICS = {
  r: { operator: '+', key: 'op1 in [0,10)', target: 'op1', family: 'range' },
  m: { operator: '+', key: 'result = 0 mod 2', target: 'result', family: 'mod' },
  p: { operator: '+', key: 'op2 ~ .0.', target: 'op2', family: 'pattern' },
  e: { operator: '*', key: 'op1 = 0 mod 2', target: 'op1', family: 'mod' },
} as const satisfies Record<string, ExampleHeuristic>;
type H = keyof typeof EXAMPLE_HEURISTICS;

/** Heuristics of the neurons 1.0, 1.1, 2.0, 2.1; `constant` is a neuron that cannot be classified. */
type Matches = readonly [n10: Cell, n11: Cell, n20: Cell, n21: Cell];
type Cell = readonly H[] | 'constant';

/** null: too few prompts, so that nothing was measured. */
const MATCHES: Record<'+' | '*', Record<ExampleStep, Matches | null>> = {
  '+': {
    0: [['r'], 'constant', [], []],
    10: [['r'], [], ['r'], []],
    100: [[], [], ['r', 'm'], []],
    1000: [['r'], [], ['m'], ['m', 'p']],
  },
  '*': {
    0: null,
    10: [['e'], [], [], []],
    100: [[], [], [], []],
    1000: [['e'], [], [], ['e']],
  },
};
/** Correct of 100 prompts; `*` was not measured at step 0. */
const CORRECT: Record<'+' | '*', Record<ExampleStep, number | null>> = {
  '+': { 0: 0, 10: 10, 100: 50, 1000: 100 },
  '*': { 0: null, 10: 20, 100: 25, 1000: 40 },
};
/** Neurons matching by chance, any heuristic: [activations permuted, labels permuted]. */
const CHANCE: Record<'+' | '*', readonly [number, number]> = { '+': [1, 0], '*': [0, 0] };

const NEURONS = [
  [1, 0],
  [1, 1],
  [2, 0],
  [2, 1],
] as const;
const OPERATORS_USED = ['+', '*'] as const;

const checkpoint = (seed: number, step: number): RowOf<'checkpoints'> => ({
  suite: 'toy',
  seed,
  step,
  revision: `step${step}`,
  commit: null,
  weights_hash: `weights-${seed}-${step}`,
  tokenizer_hash: 'tokenizer',
  format: 'safetensors',
  dtype: 'F16',
  bytes: 5_000_000_000,
  tokens: step * 2_000_000,
});

const CONFIGURATIONS = [
  exampleConfiguration('accuracy', { analysis_seed: 0 }),
  exampleConfiguration('classification', {
    preset: 'paper',
    threshold: 0.6,
    heuristic_layers_from: 1,
    heuristic_layers_to: 3,
    neurons: 'all',
    ties_seed: 0,
    null_seed: 0,
  }),
];

export const exampleUnit = (measure: Measure, seed: number, step: number): RowOf<'units'> => ({
  unit_id: `${measure}-${seed}-${step}`,
  suite: 'toy',
  seed,
  step,
  measure,
  configuration_id: `configuration-${measure}`,
  measure_version: 1,
  weights_hash: `weights-${seed}-${step}`,
  tokenizer_hash: 'tokenizer',
  prompts_hash: 'prompts',
  engine: 'wasm',
  engine_version: '4.22.0',
  program_version: '0.1.0',
  state: 'done',
  started_at: new Date(Date.UTC(2026, 0, 1, 0, 0, step % 60)),
  seconds: 1.5,
  bytes_read: 5_000_000_000,
  peak_memory_bytes: null,
  error_kind: null,
  error: null,
});

function accuracyFacts(step: ExampleStep): FactOf<'accuracy'>[] {
  return OPERATORS_USED.map((operator) => {
    const correct = CORRECT[operator][step];
    const share = correct === null ? null : correct / 100;
    return {
      operator,
      prompt_set: 'universe',
      n: correct === null ? 0 : 100,
      correct,
      accuracy: share,
      ci_low: share === null ? null : Math.max(0, share - 0.05),
      ci_high: share === null ? null : Math.min(1, share + 0.05),
      null_reason: correct === null ? 'too_few_prompts' : null,
    };
  });
}

function neuronFacts(operator: '+' | '*', step: ExampleStep): FactOf<'neurons'>[] {
  const matches = MATCHES[operator][step];
  return NEURONS.map(([layer, neuron], i) => {
    const cell = matches?.[i];
    const common = { operator, layer, neuron };
    const nothing = { n_heuristics: null, best_score: null, best_heuristic: null };
    if (cell === undefined)
      return { ...common, ...nothing, state: null, scale: null, sd: null, null_reason: 'too_few_prompts' };
    if (cell === 'constant')
      return { ...common, ...nothing, state: 'constant', scale: 0.5, sd: 0, null_reason: 'constant' };
    const best = cell[0];
    return {
      ...common,
      state: 'live',
      scale: 1,
      sd: 0.25,
      n_heuristics: cell.length,
      best_score: best === undefined ? 0.3 : 0.75,
      best_heuristic: best === undefined ? 'op1 in [0,10)' : EXAMPLE_HEURISTICS[best].key,
      null_reason: null,
    };
  });
}

function matchFacts(operator: '+' | '*', step: ExampleStep): FactOf<'neuron_heuristics'>[] {
  const matches = MATCHES[operator][step];
  return NEURONS.flatMap(([layer, neuron], i) => {
    const cell = matches?.[i];
    return cell === undefined || cell === 'constant'
      ? []
      : cell.map((h, order): FactOf<'neuron_heuristics'> => {
          const { key, target, family } = EXAMPLE_HEURISTICS[h];
          const map = target === 'result' ? 'KV' : 'K';
          const score = 0.75 - order / 8;
          return { operator, layer, neuron, heuristic: key, target, family, score, sign: 1, map };
        });
  });
}

function chanceFacts(operator: '+' | '*', step: ExampleStep): FactOf<'classification_chance'>[] {
  const matches = MATCHES[operator][step];
  const live = matches?.filter((cell) => cell !== 'constant').length ?? null;
  return (['activations_permuted', 'labels_permuted'] as const).map((null_model, i) => ({
    operator,
    null_model,
    target: 'any',
    family: 'any',
    neurons: live === null ? null : (CHANCE[operator][i] ?? 0),
    live_neurons: live,
    null_reason: live === null ? 'too_few_prompts' : null,
  }));
}

const classificationUnit = (seed: number, step: ExampleStep): UnitBatch => ({
  unit: exampleUnit('classification', seed, step),
  facts: {
    neurons: OPERATORS_USED.flatMap((operator) => neuronFacts(operator, step)),
    neuron_heuristics: OPERATORS_USED.flatMap((operator) => matchFacts(operator, step)),
    classification_chance: OPERATORS_USED.flatMap((operator) => chanceFacts(operator, step)),
  },
});

/** Accuracy and classification at one step; every call makes new objects. `wholeStep` adds the other measures. */
export function exampleStep(seed: number, step: ExampleStep): StepBatch {
  const heuristics = Object.values(EXAMPLE_HEURISTICS).map(({ operator, key, target, family }) => ({
    configuration_id: 'configuration-classification',
    operator,
    heuristic: key,
    target,
    family,
    associated: 50,
    base_rate: 0.5,
    k: 8,
  }));
  return {
    dimensions: {
      suites: [
        {
          suite: 'toy',
          architecture: 'gpt_neox',
          source: 'checkpoints/toy',
          n_layers: 3,
          d_model: 8,
          n_heads: 2,
          d_mlp: 2,
          d_vocab: 30,
          tokens_per_step: 2_000_000,
        },
      ],
      checkpoints: [checkpoint(seed, step)],
      configurations: CONFIGURATIONS,
      prompts: [
        {
          suite: 'toy',
          prompts_hash: 'prompts',
          operator: '+',
          op1: 3,
          op2: 4,
          answer: 7,
          split: 'train',
          trivial: true,
          analysis_role: null,
        },
      ],
      heuristics,
    },
    units: [
      { unit: exampleUnit('accuracy', seed, step), facts: { accuracy: accuracyFacts(step) } },
      classificationUnit(seed, step),
    ],
  };
}

/** A step at which every measure of a batch failed: those of `exampleStep` unless told. */
export function failedStep(
  seed: number,
  step: ExampleStep,
  { dimensions, units }: StepBatch = exampleStep(seed, step),
): StepBatch {
  return {
    dimensions,
    units: units.map(({ unit }) => ({
      unit: { ...unit, state: 'failed', error_kind: 'safetensors', error: 'the weight file is truncated' },
      facts: {},
    })),
  };
}

/** Commits batches to a database. */
export async function commitAll(db: string, batches: readonly StepBatch[]): Promise<void> {
  for (const batch of batches) await commitStep({ db, programVersion: '0.1.0', batch });
}

/** The whole example: seed 0 at all steps, seed 1 failed at step 0 and done at step 1000. */
export async function buildExample(db: string): Promise<void> {
  await commitAll(db, [
    ...EXAMPLE_STEPS.map((step) => exampleStep(0, step)),
    failedStep(1, 0),
    exampleStep(1, 1000),
  ]);
}

/** A database with the schema and no rows. */
export async function buildEmpty(db: string): Promise<void> {
  await commitAll(db, [{ dimensions: {}, units: [] }]);
}

/** A new folder under the system's temporary one, and how to remove it. */
export function scratch(): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'heuristrace-store-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
