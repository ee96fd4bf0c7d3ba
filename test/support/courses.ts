import { drawBinomial } from '../../src/analysis/emergence/draws.js';
import { stepScale } from '../../src/analysis/emergence/trajectory.js';
import type { Operator } from '../../src/domain/operator.js';
import { randomStream } from '../../src/domain/random.js';
import type { StepBatch, UnitBatch } from '../../src/store/encode-batch.js';
import type { FactOf } from '../../src/store/schema/tables.js';
import { commitAll, exampleStep, exampleUnit } from '../store/example.js';
import { exampleConfiguration } from '../store/example-configuration.js';
import { STEPS, jumpTruth, logisticTruth, type Truth } from './simulated-trajectories.js';

/**
 * A suite with known courses, as `toy`: accuracy of + rises gradually (half-way at 600), that of - jumps at step 512, that of
 * * stays, that of / was measured at five steps only; range heuristics of + rise gradually and earlier (half-way at 60), those
 * of - jump at step 64, nine in ten live neurons at most; the drop by knock-outs of + rises all along.
 */
export const COURSES = {
  accuracy: { '+': logisticTruth(600, 2), '-': jumpTruth(512), '*': { level: () => 0.1 } },
  classified: { '+': logisticTruth(60, 2, 0.1, 0.8), '-': jumpTruth(64, 0.1, 0.8) },
} as const satisfies Record<string, Partial<Record<Operator, Truth>>>;

const PROMPTS = 2000;
const NEURONS = 128;
/** By chance, of the live neurons. */
const CHANCE = 8;
const FEW = [0, 16, 256, 1024, 4000];
const RANGE = { heuristic: 'op1 in [0,10)', target: 'op1', family: 'range' } as const;

const { toOctaves } = stepScale(STEPS);

function countOf(
  truth: Truth,
  n: number,
  ...purpose: readonly (string | number)[]
): (step: number) => number {
  return (step) =>
    drawBinomial(n, truth.level(toOctaves(step), toOctaves), randomStream(1, ...purpose, step));
}

function accuracyAt(seed: number, step: number): FactOf<'accuracy'>[] {
  const row = (operator: Operator, correct: number | null): FactOf<'accuracy'> => ({
    operator,
    prompt_set: 'universe',
    n: correct === null ? 0 : PROMPTS,
    correct,
    accuracy: correct === null ? null : correct / PROMPTS,
    ci_low: null,
    ci_high: null,
    null_reason: correct === null ? 'too_few_prompts' : null,
  });
  return [
    ...(['+', '-', '*'] as const).map((operator) =>
      row(operator, countOf(COURSES.accuracy[operator], PROMPTS, 'accuracy', operator, seed)(step)),
    ),
    row('/', FEW.includes(step) ? 40 : null),
  ];
}

function classificationAt(seed: number, step: number): UnitBatch['facts'] {
  const operators = ['+', '-'] as const;
  const classified = (operator: '+' | '-') =>
    countOf(COURSES.classified[operator], NEURONS, 'classified', operator, seed)(step);
  return {
    neurons: operators.flatMap((operator) =>
      Array.from({ length: NEURONS }, (_, neuron) => ({
        operator,
        layer: 1,
        neuron,
        state: 'live' as const,
        scale: 1,
        sd: 1,
        n_heuristics: neuron < classified(operator) ? 1 : 0,
        best_score: 0.7,
        best_heuristic: RANGE.heuristic,
        null_reason: null,
      })),
    ),
    neuron_heuristics: operators.flatMap((operator) =>
      Array.from({ length: classified(operator) }, (_, neuron) => ({
        operator,
        layer: 1,
        neuron,
        ...RANGE,
        score: 0.7,
        sign: 1,
        map: 'K' as const,
      })),
    ),
    classification_chance: operators.flatMap((operator) =>
      (['any', 'range'] as const).map((family) => ({
        operator,
        null_model: 'activations_permuted' as const,
        target: 'any' as const,
        family,
        neurons: CHANCE,
        live_neurons: NEURONS,
        null_reason: null,
      })),
    ),
  };
}

function knockoutsAt(step: number): UnitBatch['facts'] {
  const others = 0.9;
  return {
    heuristic_knockouts: [
      {
        operator: '+',
        ...RANGE,
        neurons: 20,
        associated_n: 100,
        associated_accuracy: others - toOctaves(step) / 20 - (step % 3) / 100,
        other_n: 100,
        other_accuracy: others,
        null_reason: null,
      },
    ],
  };
}

/** The units of some seeds at some steps, those of a measure left out where it is not asked for. */
export function courseBatch({
  seeds = [0],
  steps = STEPS,
  measures = ['accuracy', 'classification', 'knockouts'],
}: {
  readonly seeds?: readonly number[];
  readonly steps?: readonly number[];
  readonly measures?: readonly ('accuracy' | 'classification' | 'knockouts')[];
}): StepBatch {
  const at = seeds.flatMap((seed) => steps.map((step) => ({ seed, step })));
  const { suites, checkpoints, configurations, heuristics } = exampleStep(0, 0).dimensions;
  const [checkpoint] = checkpoints ?? [];
  const [heuristic] = heuristics ?? [];
  if (checkpoint === undefined || heuristic === undefined) throw new Error('the example has both');
  const facts = {
    accuracy: (seed: number, step: number) => ({ accuracy: accuracyAt(seed, step) }),
    classification: classificationAt,
    knockouts: (_: number, step: number) => knockoutsAt(step),
  };
  return {
    dimensions: {
      suites: suites ?? [],
      configurations: [
        ...(configurations ?? []),
        exampleConfiguration('knockouts', { preset: 'paper', threshold: 0.6 }),
      ],
      heuristics: (['+', '-'] as const).map((operator) => ({ ...heuristic, ...RANGE, operator })),
      checkpoints: at.map(({ seed, step }) => ({
        ...checkpoint,
        seed,
        step,
        weights_hash: `weights-${seed}-${step}`,
        tokens: step * 2_000_000,
      })),
    },
    units: at.flatMap(({ seed, step }) =>
      measures.map((measure) => ({
        unit: exampleUnit(measure, seed, step),
        facts: facts[measure](seed, step),
      })),
    ),
  };
}

/** A database with the known courses of seed 0, not judged yet. */
export const buildCourses = (db: string): Promise<void> => commitAll(db, [courseBatch({})]);
