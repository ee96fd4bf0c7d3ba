import { choice, double, integer, nullable, table } from './columns.js';
import { factKey, family, heuristic, nullReason, target } from './shared-columns.js';

/** What happens without neurons, and why prompts fail (method 8, 9). */
export const KNOCKOUT_FACTS = {
  heuristic_knockouts: table({
    comment:
      'One row per unit, operator and heuristic with enough neurons: accuracy without its neurons, on correct prompts that it holds for and on others (method 8; paper, Fig. 7). Before, all of these prompts are correct. The heuristics are those of the classification of the same checkpoint and preset, which has another configuration. A heuristic with fewer neurons than the configuration asks for has no row.',
    columns: {
      ...factKey,
      heuristic,
      target,
      family,
      neurons: integer('neurons knocked out: those that implement it'),
      associated_n: integer('correct prompts tried that it holds for'),
      associated_accuracy: nullable(double('share of them still correct; before: 1')),
      other_n: integer('correct prompts tried that it does not hold for'),
      other_accuracy: nullable(double('share of them still correct; before: 1')),
      null_reason: nullReason,
    },
    key: ['unit_id', 'operator', 'heuristic'],
    checks: ['(associated_accuracy IS NULL OR other_accuracy IS NULL) = (null_reason IS NOT NULL)'],
  }),
  prompt_knockouts: table({
    comment:
      'One row per unit, operator, neurons per layer and kind: accuracy without the neurons whose heuristics hold for the very prompt, against as many random ones whose do not (method 8; paper, Fig. 8, 10c). Before, all of these prompts are correct.',
    columns: {
      ...factKey,
      neurons_per_layer: integer('neurons knocked out in each heuristic layer, at most'),
      kind: choice(['associated', 'control'], 'neurons of the prompt\u2019s heuristics, or random others'),
      n: integer('prompts tried'),
      correct: nullable(integer('prompts still correct')),
      accuracy: nullable(double('correct / n')),
      ci_low: nullable(double('lower end of the Wilson 95 % interval, share')),
      ci_high: nullable(double('upper end of the Wilson 95 % interval, share')),
      mean_neurons: nullable(double('neurons really knocked out, all layers together, mean over prompts')),
      null_reason: nullReason,
    },
    key: ['unit_id', 'operator', 'neurons_per_layer', 'kind'],
    checks: ['(accuracy IS NULL) = (null_reason IS NOT NULL)', '(accuracy IS NULL) = (correct IS NULL)'],
  }),
  failure_modes: table({
    comment:
      'One row per unit, operator and group of prompts: the heuristic neurons of prompts that the model completes correctly and of those it does not (method 9; paper, Fig. 9).',
    columns: {
      ...factKey,
      prompts: choice(['correct', 'incorrect'], 'how the model completes them at this checkpoint'),
      n: integer('prompts looked at'),
      mean_neurons: nullable(double('neurons with a heuristic that holds for the prompt, mean over prompts')),
      sd_neurons: nullable(double('standard deviation of that number')),
      mean_logit_sum: nullable(
        double('sum over these neurons of activation x direct logit of the answer, mean over prompts'),
      ),
      sd_logit_sum: nullable(double('standard deviation of that sum')),
      null_reason: nullReason,
    },
    key: ['unit_id', 'operator', 'prompts'],
    checks: ['(mean_neurons IS NULL) = (null_reason IS NOT NULL)'],
  }),
};
