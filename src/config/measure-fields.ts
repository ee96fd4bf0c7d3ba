import type { SweepField } from './field-kinds.js';

const COUNT = '^[1-9][0-9]*$';
const COUNT_OR_ZERO = '^[0-9]+$';
const COUNT_OR_SHARE = '^([1-9][0-9]*|0\\.[0-9]*[1-9][0-9]*)$';

/** Settings of the single measures, in the order of the method. Free of other imports, as `--help` reads it. */
export const MEASURE_FIELDS = {
  counterfactuals: {
    kind: 'text',
    value: '<source>',
    default: 'all-operators',
    choices: ['all-operators', 'same-operator'],
    description: 'prompts that counterfactuals are drawn from: those of all operators, or of the same',
  },
  rankBy: {
    kind: 'text',
    value: '<form>',
    default: 'logit',
    choices: ['logit', 'paper'],
    description: 'what attention heads are ranked by: the effect in logits, or the mean of E as the paper',
  },
  neuronScore: {
    kind: 'text',
    value: '<score>',
    default: 'mean+sd',
    choices: ['mean+sd', 'mean'],
    description: 'what neurons are ranked by: mean effect plus its standard deviation, or the mean',
  },
  neurons: {
    kind: 'optionalText',
    value: '<which>',
    default: null,
    choices: ['top', 'all'],
    description: "neurons of the heuristic layers that are classified (default: the suite's, or top)",
  },
  topNeurons: {
    kind: 'number',
    value: '<number>',
    default: 0.015,
    minimum: 0.0001,
    maximum: 1_000_000,
    description: 'top neurons of each layer: a share of its neurons below 1, else a number',
  },
  exactNeurons: {
    kind: 'optionalNumber',
    value: '<number>',
    default: null,
    minimum: 0,
    maximum: 10_000_000,
    integer: true,
    description:
      'neurons, best by attribution, whose exact effect is taken (default: all where there are up to 2,048, else 512)',
  },
  circuitHeads: {
    kind: 'list',
    value: '<list>',
    default: ['0', '1', '2', '4', '6', '8', '12', '20', '32'],
    pattern: COUNT_OR_ZERO,
    description: 'attention heads kept in the circuits, beside all MLPs, separated by commas',
  },
  circuitNeurons: {
    kind: 'list',
    value: '<list>',
    default: ['0.005', '0.015', '0.05', '0.1', '0.25', '0.5'],
    pattern: COUNT_OR_SHARE,
    description: 'neurons per heuristic layer kept in the circuits: shares below 1, else numbers',
  },
  faithfulnessFloor: {
    kind: 'number',
    value: '<number>',
    default: 0.05,
    minimum: 0,
    maximum: 1,
    description: 'prompts whose NL(model) - NL(none) is smaller do not count for faithfulness',
  },
  bootstrapSamples: {
    kind: 'integer',
    value: '<number>',
    default: 1000,
    minimum: 100,
    description: 'samples of the bootstrap intervals',
  },
  probePrompts: {
    kind: 'integer',
    value: '<number>',
    default: 600,
    minimum: 20,
    description: 'prompts per operator that linear probes are trained (80 %) and tested (20 %) on',
  },
  probeSplit: {
    kind: 'text',
    value: '<by>',
    default: 'unordered_pair',
    choices: ['unordered_pair', 'prompt'],
    description:
      "what the probes' test set holds out: whole pairs of operands, or prompts, so that 3*4 may be tested where 4*3 was trained on",
  },
  probeEpochs: {
    kind: 'integer',
    value: '<number>',
    default: 6,
    minimum: 1,
    description: 'passes of the probes over their training prompts',
  },
  probeBatch: {
    kind: 'integer',
    value: '<number>',
    default: 120,
    minimum: 1,
    description: 'prompts per update of the probes (paper: 32)',
  },
  probeLearningRate: {
    kind: 'number',
    value: '<rate>',
    default: 0.05,
    minimum: 1e-7,
    maximum: 10,
    description: "learning rate of the probes' Adam (paper: 0.0003)",
  },
  knockoutPositions: {
    kind: 'text',
    value: '<which>',
    default: 'all',
    choices: ['all', 'last'],
    description: 'positions at which knocked-out neurons are set to zero',
  },
  knockoutPrompts: {
    kind: 'integer',
    value: '<number>',
    default: 100,
    minimum: 1,
    description: 'correct prompts per knocked-out heuristic, associated with it and not, at most',
  },
  knockoutLeastNeurons: {
    kind: 'integer',
    value: '<number>',
    default: 10,
    minimum: 1,
    description: 'heuristics with fewer neurons are not knocked out',
  },
  knockoutLimits: {
    kind: 'list',
    value: '<list>',
    default: ['5', '10', '25'],
    pattern: COUNT,
    description: 'neurons per layer knocked out for single prompts, separated by commas',
  },
  knockoutRank: {
    kind: 'text',
    value: '<rule>',
    default: 'score',
    choices: ['score', 'count'],
    description: "what a prompt's neurons are ranked by: summed match scores, or number of heuristics",
  },
  casePrompts: {
    kind: 'integer',
    value: '<number>',
    default: 50,
    minimum: 1,
    description: 'prompts per operator looked at one by one (knock-outs by prompt, failure modes), at most',
  },
} as const satisfies Record<string, SweepField>;
