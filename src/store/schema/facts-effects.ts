import { boolean, choice, double, integer, nullable, table } from './columns.js';
import { factKey, layer, neuron, nullReason, position } from './shared-columns.js';

const overPairs = 'over the pairs that are finite';

/** Effects of components and neurons (method 3, 4). */
export const EFFECT_FACTS = {
  component_effects: table({
    comment:
      'One row per unit, operator, kind, layer, head and position: effect of putting the activation of a counterfactual prompt in place of the own one (method 3; paper, Eq. 1).',
    columns: {
      ...factKey,
      kind: choice(['mlp', 'head'], 'what was patched: mlp_post of an MLP, or z of an attention head'),
      layer,
      head: nullable(integer('attention head in its layer, from 0; null for an MLP')),
      position,
      n: integer('pairs of prompts patched'),
      not_finite: integer('pairs whose E is not finite; left out of the values of E'),
      mean_e: nullable(double(`mean of E ${overPairs}; unbounded; null when none is`)),
      median_e: nullable(double(`median of E ${overPairs}`)),
      sd_e: nullable(double(`standard deviation of E ${overPairs}`)),
      mean_logit: nullable(double('mean of the bounded companion of E, logits')),
      median_logit: nullable(double('median of the bounded companion of E, logits')),
      sd_logit: nullable(double('standard deviation of the bounded companion of E, logits')),
      null_reason: nullReason,
    },
    key: ['unit_id', 'operator', 'kind', 'layer', 'head', 'position'],
    checks: [
      "(kind = 'head') = (head IS NOT NULL)",
      '(mean_logit IS NULL) = (null_reason IS NOT NULL)',
      'not_finite BETWEEN 0 AND n',
      '(median_e IS NULL) = (n = not_finite)',
    ],
  }),
  neuron_effects: table({
    comment:
      'One row per unit, operator, layer and neuron that is classified or whose exact effect is taken: effect of patching it at the last position, by its linear approximation and exactly (method 4).',
    columns: {
      ...factKey,
      layer,
      neuron,
      attribution_mean: nullable(double('mean over pairs of (a\u2032 - a) dE/da, logits')),
      attribution_sd: nullable(double('unbiased standard deviation of it over pairs, logits')),
      score: nullable(double('what neurons are ranked by: mean + standard deviation, or mean (method 4)')),
      rank: nullable(integer('place in its layer by score, best first, from 0')),
      top: nullable(boolean('whether it is one of the top neurons of its layer (method 4)')),
      exact_mean: nullable(
        double('mean over pairs of the exact effect, logits; null without a reason when it was not taken'),
      ),
      exact_sd: nullable(double('unbiased standard deviation of it, logits')),
      null_reason: nullReason,
    },
    key: ['unit_id', 'operator', 'layer', 'neuron'],
    checks: ['(attribution_mean IS NULL) = (null_reason IS NOT NULL)'],
  }),
  effect_agreement: table({
    comment:
      'One row per unit, operator and layer (null: all layers together): how well attribution tells the exact effects of the neurons for which both were taken (method 4).',
    columns: {
      ...factKey,
      layer: nullable(integer('transformer block, from 0; null: all layers together')),
      n: integer('neurons compared: those with both effects'),
      pearson: nullable(double('Pearson correlation of the mean effects')),
      spearman: nullable(double('Spearman rank correlation of the mean effects')),
      top_k: nullable(integer('size of the two top sets compared')),
      top_overlap: nullable(
        double(
          'share of the top_k by the score of attribution that are in the top_k by that of the exact effects',
        ),
      ),
      null_reason: nullReason,
    },
    key: ['unit_id', 'operator', 'layer'],
    checks: ['(pearson IS NULL) = (null_reason IS NOT NULL)'],
  }),
};
