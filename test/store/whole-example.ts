import type { Measure } from '../../src/domain/measure.js';
import { refreshEmergence } from '../../src/emergence/refresh.js';
import type { StepBatch, UnitBatch } from '../../src/store/encode-batch.js';
import type { FactOf, RowOf } from '../../src/store/schema/tables.js';
import { exampleConfiguration } from './example-configuration.js';
import { commitAll, exampleStep, exampleUnit, failedStep } from './example.js';
import { circuitFacts, probeFacts } from './whole-example-circuits.js';
import { heuristicKnockouts, failureFacts, promptKnockouts } from './whole-example-knockouts.js';
import { mapFacts } from './whole-example-maps.js';

/**
 * The hand-made database with every measure: at steps 0, 100 and 1000 of seed 0 and at step 1000 of seed 1, step 10
 * having accuracy and classification alone. Values are binary fractions, so that they compare exactly.
 */
export type WholeStep = 0 | 100 | 1000;
export type Op = '+' | '*';
const OPERATORS_USED: readonly Op[] = ['+', '*'];

/** What effects are multiplied by; null: too few prompts. */
const FACTOR: Record<Op, Record<WholeStep, number | null>> = {
  '+': { 0: null, 100: 0.5, 1000: 1 },
  '*': { 0: null, 100: null, 1000: 4 },
};
const reasonOf = (operator: Op, step: WholeStep) =>
  operator === '*' && step === 0 ? ('too_few_prompts' as const) : ('too_few_correct' as const);

/** Of + at step 1000: kind, layer, head, position, mean logit form, mean E (null: no pair is finite). */
const COMPONENTS = [
  ['mlp', 1, null, 3, 0.5, 2],
  ['mlp', 1, null, 4, 0.75, 3],
  ['mlp', 2, null, 4, 2, 40],
  ['head', 1, 0, 3, 0.25, 8],
  ['head', 1, 0, 4, 0.125, 9],
  ['head', 1, 1, 4, 0.5, 1],
  ['head', 2, 0, 3, -0.25, 0.5],
  ['head', 2, 0, 4, -0.5, null],
] as const;

function componentFacts(operator: Op, step: WholeStep): FactOf<'component_effects'>[] {
  const factor = FACTOR[operator][step];
  return COMPONENTS.map(([kind, layer, head, position, logit, e]) => {
    const place = { operator, kind, layer, head, position };
    if (factor === null)
      return {
        ...place,
        n: 0,
        not_finite: 0,
        mean_e: null,
        median_e: null,
        sd_e: null,
        mean_logit: null,
        median_logit: null,
        sd_logit: null,
        null_reason: reasonOf(operator, step),
      };
    const finite = (value: number): number | null => (e === null ? null : value * factor);
    return {
      ...place,
      n: 10,
      not_finite: e === null ? 10 : 2,
      mean_e: finite(e ?? 0),
      median_e: finite(0.25),
      sd_e: finite(16),
      mean_logit: logit * factor,
      median_logit: (logit / 2) * factor,
      sd_logit: 0.375 * factor,
      null_reason: null,
    };
  });
}

/** Of + at step 1000: layer, neuron, attribution, its spread, rank in the layer, exact effect (null: not taken). */
const NEURON_EFFECTS = [
  [1, 0, 0.5, 0.25, 0, 0.625],
  [1, 1, 0.125, 0.5, 1, null],
  [2, 0, 1, 0.125, 0, 1.25],
  [2, 1, -0.25, 0.0625, 1, -0.5],
] as const;

function neuronEffects(operator: Op, step: WholeStep): FactOf<'neuron_effects'>[] {
  const factor = FACTOR[operator][step];
  return NEURON_EFFECTS.map(([layer, neuron, mean, sd, rank, exact]) => {
    const measured = <T>(value: T): T | null => (factor === null ? null : value);
    return {
      operator,
      layer,
      neuron,
      attribution_mean: measured(mean * (factor ?? 0)),
      attribution_sd: measured(sd * (factor ?? 0)),
      score: measured((mean + sd) * (factor ?? 0)),
      rank: measured(rank),
      top: measured(rank === 0),
      exact_mean: factor === null || exact === null ? null : exact * factor,
      exact_sd: factor === null || exact === null ? null : 0.5 * factor,
      null_reason: factor === null ? reasonOf(operator, step) : null,
    };
  });
}

function agreement(operator: Op, step: WholeStep): FactOf<'effect_agreement'>[] {
  const none = { n: 0, pearson: null, spearman: null, top_k: null, top_overlap: null };
  const untried = { n: 1, pearson: null, spearman: null, top_k: null, top_overlap: null };
  if (FACTOR[operator][step] === null)
    return [null, 1, 2].map((layer) => ({
      operator,
      layer,
      ...none,
      null_reason: reasonOf(operator, step),
    }));
  const all = step === 1000 ? 0.875 : 0.625;
  return [
    { operator, layer: null, n: 3, pearson: all, spearman: 1, top_k: 2, top_overlap: 0.5, null_reason: null },
    { operator, layer: 1, ...untried, null_reason: 'not_tried' },
    { operator, layer: 2, n: 2, pearson: 1, spearman: -1, top_k: 1, top_overlap: 0, null_reason: null },
  ];
}

const each = <T>(facts: (operator: Op, step: WholeStep) => T[], step: WholeStep): T[] =>
  OPERATORS_USED.flatMap((operator) => facts(operator, step));

const MATCHED = {
  preset: 'paper',
  threshold: 0.6,
  heuristic_layers_from: 1,
  heuristic_layers_to: 3,
  neurons: 'all',
} as const;

interface ExampleMeasure {
  readonly measure: Measure;
  readonly settings: Partial<RowOf<'configurations'>>;
  /** Wall time at step 0; a thousandth of the step is added. */
  readonly seconds: number;
  readonly facts: (step: WholeStep) => UnitBatch['facts'];
}

const MEASURED: readonly ExampleMeasure[] = [
  {
    measure: 'components',
    settings: { min_prompts: 20, counterfactuals: 'all-operators' },
    seconds: 4,
    facts: (step) => ({ component_effects: each(componentFacts, step) }),
  },
  {
    measure: 'attribution',
    settings: { neuron_score: 'mean+sd', top_neurons: 1, exact_neurons: 3 },
    seconds: 2,
    facts: (step) => ({
      neuron_effects: each(neuronEffects, step),
      effect_agreement: each(agreement, step),
    }),
  },
  {
    measure: 'probe',
    settings: {
      probe_prompts: 50,
      probe_split: 'unordered_pair',
      probe_epochs: 20,
      probe_batch: 32,
      probe_learning_rate: 0.0003,
    },
    seconds: 3,
    facts: (step) => ({ probe_accuracy: each(probeFacts, step) }),
  },
  {
    measure: 'faithfulness',
    settings: { ...MATCHED, rank_by: 'logit', circuit_heads: '0,1,2', faithfulness_floor: 0.05 },
    seconds: 8,
    facts: (step) => ({ faithfulness: each(circuitFacts, step) }),
  },
  {
    measure: 'knockouts',
    settings: { ...MATCHED, knockout_least_neurons: 1, knockout_limits: '1,2', knockout_rank: 'score' },
    seconds: 6,
    facts: (step) => ({
      heuristic_knockouts: each(heuristicKnockouts, step),
      prompt_knockouts: each(promptKnockouts, step),
    }),
  },
  {
    measure: 'failures',
    settings: { ...MATCHED, case_prompts: 25 },
    seconds: 1,
    facts: (step) => ({ failure_modes: each(failureFacts, step) }),
  },
  {
    measure: 'maps',
    settings: { ...MATCHED, neuron_score: 'mean+sd', map_neurons: 2, map_cells: 2 },
    seconds: 0.5,
    facts: (step) => ({ neuron_maps: each(mapFacts, step) }),
  },
];

/** All measures at one step; every call makes new objects. */
export function wholeStep(seed: number, step: WholeStep): StepBatch {
  const { dimensions, units } = exampleStep(seed, step);
  return {
    dimensions: {
      ...dimensions,
      configurations: [
        ...(dimensions.configurations ?? []),
        ...MEASURED.map(({ measure, settings }) => exampleConfiguration(measure, settings)),
      ],
    },
    units: [
      ...units,
      ...MEASURED.map(({ measure, seconds, facts }) => ({
        unit: { ...exampleUnit(measure, seed, step), seconds: seconds + step / 1000 },
        facts: facts(step),
      })),
    ],
  };
}

/** The whole example: as `buildExample`, with all measures at the steps that have them. */
export async function buildWholeExample(db: string): Promise<void> {
  await commitAll(db, [
    wholeStep(0, 0),
    exampleStep(0, 10),
    wholeStep(0, 100),
    wholeStep(0, 1000),
    failedStep(1, 0, wholeStep(1, 0)),
    wholeStep(1, 1000),
  ]);
  await refreshEmergence({ db, programVersion: '0.1.0' });
}
