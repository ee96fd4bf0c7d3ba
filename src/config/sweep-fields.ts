import { MEASURES } from '../domain/measure.js';
import type { SweepField, ValueOf } from './field-kinds.js';
import { MEASURE_FIELDS } from './measure-fields.js';

/** Operands are below it where neither the user nor the suite says otherwise (method section 1). */
export const DEFAULT_MAX_OPERAND = 300;

/**
 * Settings of a sweep: one table from which the command line, the validation of the config file and the published JSON
 * schema are made, so that they say the same things. Free of heavy imports: `--help` reads it.
 */
export const SWEEP_FIELDS = {
  suite: {
    kind: 'text',
    value: '<name|path|repo>',
    default: 'embedded',
    description:
      'suite to sweep: name of a shipped one (heuristrace suites), path of a manifest or its folder, or hf:owner/name of a repo on the Hub',
  },
  pattern: {
    kind: 'optionalText',
    value: '<pattern>',
    default: null,
    description:
      'names of the revisions of a repo without a manifest, e.g. step{step} or ckpt_{checkpoint:3} (default: guessed)',
  },
  seeds: {
    kind: 'list',
    value: '<list>',
    default: [],
    description: 'seeds of the training runs to sweep, separated by commas (default: all installed)',
  },
  steps: {
    kind: 'list',
    value: '<list>',
    default: [],
    description:
      'training steps to sweep, in optimiser updates: all, log (powers of two, the first and the last), every:5000, last:10, numbers, ranges 0..512 and 1000..143000:1000, separated by commas (default: all)',
  },
  operators: {
    kind: 'list',
    value: '<list>',
    default: ['+', '-', '*', '/'],
    choices: ['+', '-', '*', '/'],
    least: 1,
    description: 'operators to analyse, separated by commas',
  },
  measures: {
    kind: 'list',
    value: '<list>',
    default: [...MEASURES],
    choices: MEASURES,
    least: 1,
    description: 'what to measure at each step, separated by commas; what one needs is measured too',
  },
  presets: {
    kind: 'list',
    value: '<list>',
    default: ['paper', 'released-code'],
    least: 1,
    description:
      'presets of heuristics to classify neurons by, separated by commas: names, or paths of JSON files',
  },
  threshold: {
    kind: 'optionalNumber',
    value: '<share>',
    default: null,
    minimum: 0.01,
    maximum: 1,
    integer: false,
    description: "least score of a match, as a share of the top prompts (default: the preset's, 0.6)",
  },
  largestBaseRate: {
    kind: 'optionalNumber',
    value: '<share>',
    default: null,
    minimum: 0.01,
    maximum: 1,
    integer: false,
    description:
      "heuristics that hold for a larger share of the prompts are left out, since chance alone matches them (default: the preset's, the suite's, or none)",
  },
  maxOperand: {
    kind: 'optionalNumber',
    value: '<number>',
    default: null,
    minimum: 2,
    maximum: 10_000,
    integer: true,
    description: `operands are 0 up to this number, not included (default: the suite's, or ${DEFAULT_MAX_OPERAND})`,
  },
  firstLayer: {
    kind: 'optionalText',
    value: '<layer>',
    default: null,
    pattern: '^(half|probe|[0-9]+)$',
    description:
      "first heuristic layer, counted from 0; half: half of the layers; probe: the first from which a linear probe reads the answer at the last step (default: the suite's, or half)",
  },
  promptSet: {
    kind: 'text',
    value: '<set>',
    default: 'reference-correct',
    choices: ['correct', 'reference-correct', 'all'],
    description:
      'prompts that analysis sets are drawn from: correct at the same step, correct at the last step, or all',
  },
  analysisPrompts: {
    kind: 'integer',
    value: '<number>',
    default: 50,
    minimum: 1,
    description: 'prompts per operator in each analysis set (discovery, evaluation)',
  },
  minPrompts: {
    kind: 'integer',
    value: '<number>',
    default: 20,
    minimum: 1,
    description: 'fewest prompts that a measure is taken on; below it the value is null, with the reason',
  },
  seed: {
    kind: 'integer',
    value: '<number>',
    default: 0,
    minimum: 0,
    description: 'seed of everything drawn: analysis sets, counterfactuals, ties, chance levels, controls',
  },
  ...MEASURE_FIELDS,
  engine: {
    kind: 'text',
    value: '<engine>',
    default: 'auto',
    choices: ['auto', 'tensorflow', 'wasm', 'cpu'],
    description:
      'compute engine; auto: what HEURISTRACE_ENGINE names, or else the fastest that works; cpu is 10 to 100 times slower than wasm',
  },
  batch: {
    kind: 'integer',
    value: '<prompts>',
    default: 1024,
    minimum: 1,
    description: 'prompts computed together',
  },
  onBad: {
    kind: 'text',
    value: '<what>',
    default: 'skip',
    choices: ['skip', 'fail', 'keep'],
    description:
      'what to do with checkpoints on the Hub that the audit of their listings finds bad: leave them out, stop, or analyse them all the same',
  },
  diskBudget: {
    kind: 'optionalText',
    value: '<size>',
    default: null,
    pattern: '^[0-9]+(\\.[0-9]+)? *([kKmMgGtT]?[bB])?$',
    description:
      'most that checkpoints fetched from the Hub may take up in the cache, e.g. 50GB; older ones that the sweep fetched itself are removed (default: no limit)',
  },
  workers: {
    kind: 'optionalNumber',
    value: '<threads>',
    default: null,
    minimum: 0,
    maximum: 256,
    integer: true,
    description: 'worker threads that compute; 0 for none (default: one per core)',
  },
  db: {
    kind: 'optionalText',
    value: '<file>',
    default: null,
    description: 'database to write (default: heuristrace-out/<suite>.duckdb)',
  },
  spool: {
    kind: 'optionalText',
    value: '<folder>',
    default: null,
    description:
      'folder of Parquet files that results are written to before they are put into the database (default: beside the database, <db>.spool)',
  },
  order: {
    kind: 'text',
    value: '<order>',
    default: 'progressive',
    choices: ['progressive', 'forward', 'backward'],
    description:
      'which checkpoints first, after the last one of a run: coarse to fine over the logarithm of the step, or by step',
  },
} as const satisfies Record<string, SweepField>;

export type SweepFieldName = keyof typeof SWEEP_FIELDS;

/** All settings of a sweep, each with its default where nothing was said. */
export type SweepConfig = { readonly [K in SweepFieldName]: ValueOf<(typeof SWEEP_FIELDS)[K]> };
