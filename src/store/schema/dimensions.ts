import { MEASURES } from '../../domain/measure.js';
import { bigint, boolean, choice, double, integer, nullable, table, text, timestamp } from './columns.js';
import { configurationId, family, heuristic, operator, seed, step, suite, target } from './shared-columns.js';

/** What facts are about: inserted once, never changed. What only says where they came from stays as it was stored first. */
export const DIMENSIONS = {
  suites: table({
    comment:
      'One row per suite: a model family with checkpoints of one training recipe. Source and tokens are those stored first.',
    columns: {
      suite: text('name of the suite'),
      architecture: text('model class of config.json, e.g. gpt_neox'),
      source: text('repository on the Hub, or folder, that the checkpoints came from'),
      n_layers: integer('number of transformer blocks'),
      d_model: integer('width of the residual stream'),
      n_heads: integer('attention heads per block'),
      d_mlp: integer('neurons per MLP'),
      d_vocab: integer('tokens in the vocabulary'),
      tokens_per_step: nullable(bigint('training tokens per optimiser update; null when unknown')),
    },
    key: ['suite'],
    decisive: ['architecture', 'n_layers', 'd_model', 'n_heads', 'd_mlp', 'd_vocab'],
  }),
  checkpoints: table({
    comment:
      'One row per suite, seed and step: a checkpoint and the bytes it was read from. Of the same weights under several revisions, commits or formats, the one stored first stands here.',
    columns: {
      suite,
      seed,
      step,
      revision: text('branch, tag or folder that holds the checkpoint'),
      commit: nullable(text('commit on the Hub; null for a folder')),
      weights_hash: text('sha256 of the weight files, hexadecimal'),
      tokenizer_hash: text('sha256 of the tokenizer, hexadecimal'),
      format: text('format of the weight files, e.g. safetensors'),
      dtype: text('number format of the weights on disk, e.g. F16'),
      bytes: bigint('size of the weight files, bytes'),
      tokens: nullable(bigint('training tokens seen so far; null when tokens per step are unknown')),
    },
    key: ['suite', 'seed', 'step'],
    decisive: ['weights_hash', 'tokenizer_hash'],
  }),
  configurations: table({
    comment:
      'One row per configuration of a measure: the settings that decide its values. Settings that the measure has not are null.',
    columns: {
      configuration_id: text('hash of all settings below'),
      measure: choice(MEASURES, 'what is measured'),
      preset: nullable(text('preset of heuristics (method 7); null where the measure uses none')),
      prompt_set: text(
        'prompts measured on, or that analysis prompts are drawn from: universe, correct, reference-correct or all (method 1)',
      ),
      prompts_hash: text('sha256 of the prompts, their splits and roles; with suite, key of prompts'),
      max_operand: integer('operands are 0 .. max_operand - 1 (method 1)'),
      max_single_token: integer('S: largest n such that 0..n are one token each (method 1)'),
      min_prompts: nullable(integer('fewest prompts to measure on; below it the value is null')),
      analysis_seed: nullable(integer('seed that drew the analysis prompts')),
      analysis_prompts: nullable(integer('prompts per operator in each analysis set, at most (method 1)')),
      counterfactuals: nullable(
        text('prompts that counterfactuals are drawn from: all-operators, or same-operator (method 1)'),
      ),
      rank_by: nullable(
        text('what heads are ranked by: logit (the bounded form), or paper (mean of E) (method 3)'),
      ),
      neuron_score: nullable(text('what neurons are ranked by: mean+sd, or mean (method 4)')),
      top_neurons: nullable(
        double('top neurons per layer: a share of d_mlp below 1, else a number (method 4)'),
      ),
      exact_neurons: nullable(
        integer('neurons per operator, best by attribution, whose exact effect is taken, at most (method 4)'),
      ),
      threshold: nullable(double('t: least score of a match, share of the top k (method 7)')),
      largest_base_rate: nullable(double('heuristics above this base rate are left out; null: none')),
      heuristic_layers_from: nullable(integer('first heuristic layer, from 0 (method 4)')),
      heuristic_layers_to: nullable(integer('layer after the last heuristic one')),
      neurons: nullable(text('which neurons of these layers are classified: all, or top')),
      ties_seed: nullable(integer('seed of the permutation that breaks ties in a map (method 7)')),
      null_seed: nullable(integer('seed of the permutations of the chance level (method 7)')),
      circuit_heads: nullable(text('numbers of heads of the circuits, separated by commas (method 5)')),
      circuit_neurons: nullable(
        text('neurons per layer of the circuits: shares of d_mlp below 1, else numbers'),
      ),
      faithfulness_floor: nullable(double('least NL(model) - NL(none) of a prompt that counts (method 5)')),
      bootstrap_samples: nullable(integer('samples of the bootstrap intervals (method 5)')),
      probe_prompts: nullable(
        integer('prompts per operator that probes are trained and tested on (method 6)'),
      ),
      probe_split: nullable(
        text('what the probes hold out: prompt, or unordered_pair of a commutative operator (method 6)'),
      ),
      probe_epochs: nullable(integer('passes of a probe over its training prompts (method 6)')),
      probe_batch: nullable(integer('training prompts per update of a probe')),
      probe_learning_rate: nullable(double('learning rate of the Adam that trains probes')),
      knockout_positions: nullable(
        text('positions at which neurons are set to zero: all, or last (method 8)'),
      ),
      knockout_prompts: nullable(
        integer('correct prompts per heuristic, associated with it and not, at most (method 8)'),
      ),
      knockout_least_neurons: nullable(integer('fewest neurons of a heuristic that is knocked out')),
      knockout_limits: nullable(text('neurons per layer of the knock-outs by prompt, separated by commas')),
      knockout_rank: nullable(text('what a prompt’s neurons are ranked by: score, or count (method 8)')),
      map_neurons: nullable(
        integer('neurons per operator whose maps are kept, best at the reference checkpoint first'),
      ),
      map_cells: nullable(integer('cells along each operand of a kept map, at most')),
      case_prompts: nullable(integer('prompts looked at one by one, per operator and group (method 8, 9)')),
    },
    key: ['configuration_id'],
    checks: ["measure NOT IN ('classification', 'knockouts', 'failures', 'maps') OR preset IS NOT NULL"],
  }),
  prompts: table({
    comment:
      'One row per suite, set of prompts, operator, op1 and op2: a prompt and its place in the splits.',
    columns: {
      suite,
      prompts_hash: text('sha256 of the set of prompts'),
      operator,
      op1: integer('first operand'),
      op2: integer('second operand'),
      answer: integer('op1 operator op2, between 0 and max_single_token'),
      split: nullable(
        choice(['train', 'held_out'], 'part of the training data; null when the suite states none'),
      ),
      trivial: boolean('true when a small operand or result makes it easy (method 1)'),
      analysis_role: nullable(
        choice(['discovery', 'evaluation'], 'analysis set that holds it (method 1); null: neither'),
      ),
    },
    key: ['suite', 'prompts_hash', 'operator', 'op1', 'op2'],
  }),
  heuristics: table({
    comment:
      'One row per configuration, operator and heuristic: a heuristic that neurons were compared with (or, for patterns found in the data, that some neuron matched).',
    columns: {
      configuration_id: configurationId,
      operator,
      heuristic,
      target,
      family,
      associated: integer('prompts of the universe for which it holds'),
      base_rate: double('associated as a share of the universe: what a random map would score'),
      k: integer('size of the top set of the map that it is scored on, prompts'),
    },
    key: ['configuration_id', 'operator', 'heuristic'],
  }),
};

/** What was run: one row per unit of work, inserted with its facts. */
export const UNITS = table({
  comment:
    'One row per unit of work: a checkpoint x measure x configuration that ran, with what it read and what it cost. The hashes and the version decide what it is; engine, program and cost only say how it came about.',
  columns: {
    unit_id: text('hash of suite, seed, step, measure, its version, configuration and hashes'),
    suite,
    seed,
    step,
    measure: choice(MEASURES, 'what was measured'),
    configuration_id: configurationId,
    measure_version: integer('version of the program code of the measure'),
    weights_hash: nullable(text('sha256 of the weights; null when it failed before reading them')),
    tokenizer_hash: nullable(text('sha256 of the tokenizer; null when it failed before reading it')),
    prompts_hash: nullable(text('sha256 of the prompts; null when it failed before making them')),
    engine: text('compute engine, e.g. wasm'),
    engine_version: text('version of the engine'),
    program_version: text('version of heuristrace'),
    state: choice(['done', 'failed'], 'done: all its facts are stored; failed: it has none'),
    started_at: timestamp('when it began, UTC'),
    seconds: double(
      'time of this measure, seconds, summed over the threads that computed it; what several share counts to the first: the pass over the universe to accuracy',
    ),
    bytes_read: bigint('bytes read from disk or network'),
    peak_memory_bytes: nullable(bigint('largest resident memory, bytes; null when unknown')),
    error_kind: nullable(text('kind of the failure, as `heuristrace --help` lists them; null when done')),
    error: nullable(text('message of the failure; null when done')),
  },
  key: ['unit_id'],
  checks: [
    "(state = 'failed') = (error IS NOT NULL)",
    "(state = 'failed') = (error_kind IS NOT NULL)",
    "state = 'failed' OR (weights_hash IS NOT NULL AND tokenizer_hash IS NOT NULL AND prompts_hash IS NOT NULL)",
  ],
});
