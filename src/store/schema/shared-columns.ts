import { FAMILIES, TARGETS } from '../../domain/heuristic.js';
import { OPERATORS } from '../../domain/operator.js';
import { choice, integer, nullable, text } from './columns.js';

/** Why a value is null. A closed list: a new reason is a new version of the schema. */
export const NULL_REASONS = [
  'too_few_correct',
  'too_few_prompts',
  'denominator_below_floor',
  'not_finite',
  'constant',
  'measure_off',
  'no_split',
  'no_reference',
  'not_tried',
] as const;

/** What each reason says, for the data dictionary. */
export const NULL_MEANINGS: Readonly<Record<(typeof NULL_REASONS)[number], string>> = {
  too_few_correct: 'the model completes too few prompts correctly to measure on',
  too_few_prompts: 'there are too few prompts to measure on',
  denominator_below_floor: 'a share or ratio of something too small, or of nothing',
  not_finite: 'what was computed is infinite or no number',
  constant: 'the values hardly vary, so that nothing can be ranked or correlated',
  measure_off: 'the sweep was told to leave it out',
  no_split: 'the suite does not say which prompts it was trained on',
  no_reference: 'the reference checkpoint, which it is compared with, has none',
  not_tried: 'there was nothing to try it on, or it was not among what is tried',
};

/** Sets of prompts that accuracy is measured on. */
export const PROMPT_SETS = [
  'universe',
  'train',
  'held_out',
  'non_trivial',
  'held_out_non_trivial',
  'discovery',
  'evaluation',
] as const;

export const NULL_MODELS = ['activations_permuted', 'labels_permuted'] as const;

/** Kinds of circuits whose faithfulness is measured (method section 5). */
export const CIRCUIT_KINDS = ['heads', 'neurons', 'heuristic_neurons', 'mutual_neurons'] as const;

/** Total over a closed list, beside its members. */
export const ANY = 'any';

export const suite = text('name of the model family; key of suites');
export const seed = integer('seed of the training run inside the suite');
export const step = integer('training step: optimiser updates, 0 before the first');
export const operator = choice(
  OPERATORS,
  'arithmetic operator of the prompts; / is integer division (method 1)',
);
export const unitId = text('unit of work that computed this row; key of units');
export const configurationId = text('hash of the measure configuration; key of configurations');
export const layer = integer('transformer block, from 0');
export const position = integer('token position: 0 BOS, 1 op1, 2 operator, 3 op2, 4 = (method 1)');
export const neuron = integer('neuron of mlp_post in its layer, from 0');
export const heuristic = text('readable key: op1 in [10,40), result = 2 mod 7, op2 ~ .0. (method 7)');
export const target = choice(TARGETS, 'what of the prompt the heuristic speaks of (method 7)');
export const family = choice(FAMILIES, 'kind of the heuristic (method 7)');
export const nullReason = nullable(
  choice(NULL_REASONS, 'why the measured value of this row is null; null where it was measured'),
);

/** Columns that say where in training a fact was measured, as every fact table begins. */
export const factKey = { unit_id: unitId, suite, seed, step, operator } as const;
