import { FAMILIES, TARGETS } from '../../domain/heuristic.js';
import { choice, double, float, integer, nullable, table, text } from './columns.js';
import {
  ANY,
  NULL_MODELS,
  PROMPT_SETS,
  factKey,
  family,
  heuristic,
  layer,
  neuron,
  nullReason,
  target,
} from './shared-columns.js';

/** What is measured by running prompts and by classifying neurons. */
export const BASIC_FACTS = {
  accuracy: table({
    comment:
      'One row per unit, operator and set of prompts: share of prompts that the model completes correctly (method 1).',
    columns: {
      ...factKey,
      prompt_set: choice(PROMPT_SETS, 'prompts measured on'),
      n: integer('prompts in the set'),
      correct: nullable(integer('prompts whose argmax at the last position is the answer')),
      accuracy: nullable(double('correct / n')),
      ci_low: nullable(double('lower end of the Wilson 95 % interval, share')),
      ci_high: nullable(double('upper end of the Wilson 95 % interval, share')),
      null_reason: nullReason,
    },
    key: ['unit_id', 'operator', 'prompt_set'],
    checks: ['(accuracy IS NULL) = (null_reason IS NOT NULL)', 'accuracy IS NULL OR correct IS NOT NULL'],
  }),
  neurons: table({
    comment:
      'One row per unit, operator, layer and neuron: a neuron that was classified, or why it was not (method 7).',
    columns: {
      ...factKey,
      layer,
      neuron,
      state: nullable(
        choice(
          ['live', 'constant', 'not_finite'],
          'constant: its K map hardly varies (method 7); null when the operator was not measured',
        ),
      ),
      scale: nullable(float('largest absolute value of its K map, units of mlp_post')),
      sd: nullable(float('standard deviation of its K map over prompts, units of mlp_post')),
      n_heuristics: nullable(integer('heuristics matched at the threshold; rows in neuron_heuristics')),
      best_score: nullable(double('highest score of any heuristic, also below the threshold; share of k')),
      best_heuristic: nullable(text('heuristic with the highest score')),
      null_reason: nullReason,
    },
    key: ['unit_id', 'operator', 'layer', 'neuron'],
    checks: [
      '(n_heuristics IS NULL) = (null_reason IS NOT NULL)',
      "(n_heuristics IS NOT NULL) = (coalesce(state, 'none') = 'live')",
    ],
  }),
  neuron_heuristics: table({
    comment:
      'One row per unit, operator, layer, neuron and heuristic whose score reaches the threshold: a match (method 7). Target and family repeat those of heuristics, so that questions by family need no join.',
    columns: {
      ...factKey,
      layer,
      neuron,
      heuristic,
      target,
      family,
      score: double('prompts of the top k that the heuristic holds for, share of k'),
      sign: integer('1: top of the map; -1: bottom (gated MLPs only)'),
      map: choice(['K', 'KV'], 'K: activation; KV: activation x direct logit of the answer'),
    },
    key: ['unit_id', 'operator', 'layer', 'neuron', 'heuristic'],
    checks: ['score BETWEEN 0 AND 1', 'sign IN (-1, 1)'],
  }),
  classification_chance: table({
    comment:
      'One row per unit, operator, null model, target and family (any: over all): neurons that match when the maps are shuffled (method 7, chance level).',
    columns: {
      ...factKey,
      null_model: choice(
        NULL_MODELS,
        'activations_permuted: over prompts, direct logits kept; labels_permuted: operand labels in both',
      ),
      target: choice([ANY, ...TARGETS], 'target of the heuristics counted; any: all'),
      family: choice([ANY, ...FAMILIES], 'family of the heuristics counted; any: all'),
      neurons: nullable(integer('neurons that match at least one such heuristic under this null')),
      live_neurons: nullable(integer('neurons tried: those that are live')),
      null_reason: nullReason,
    },
    key: ['unit_id', 'operator', 'null_model', 'target', 'family'],
    checks: ['(neurons IS NULL) = (null_reason IS NOT NULL)', '(live_neurons IS NULL) = (neurons IS NULL)'],
  }),
};
