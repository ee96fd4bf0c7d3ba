import { choice, double, integer, nullable, table, text } from './columns.js';
import { CIRCUIT_KINDS, factKey, layer, nullReason, position } from './shared-columns.js';

/** Circuits and what a linear probe reads (method 5, 6). */
export const CIRCUIT_FACTS = {
  faithfulness: table({
    comment:
      'One row per unit, operator and circuit: how much of the answer\u2019s normalised logit NL is left when everything outside the circuit is set to its mean (method 5; paper, Eq. 2). NL = logit of the answer / largest logit, centred over the vocabulary.',
    columns: {
      ...factKey,
      circuit: text('readable name of the circuit, e.g. 6 heads, 20 neurons per layer'),
      kind: choice(
        CIRCUIT_KINDS,
        'what is kept. heads: the best heads and all MLPs. The others keep heads, the MLPs of other layers and, of the heuristic layers, neurons: the best of each layer; those that implement a heuristic; of these, those that do so at the reference checkpoint too',
      ),
      derived: choice(
        ['here', 'reference'],
        'where heads and neurons were ranked: at this checkpoint, or at the reference checkpoint',
      ),
      heads: nullable(integer('attention heads kept; null: all')),
      neurons_per_layer: nullable(integer('neurons kept in each heuristic layer; null where not fixed')),
      neurons: nullable(integer('neurons kept in all heuristic layers together; null: all')),
      n: integer('prompts that F is the mean of'),
      below_floor: integer('prompts left out, since NL(model) - NL(none) is too small'),
      faithfulness: nullable(double('F: mean over prompts of their ratios (released code)')),
      ci_low: nullable(double('lower end of the bootstrap 95 % interval of F over prompts')),
      ci_high: nullable(double('upper end of the bootstrap 95 % interval of F over prompts')),
      ratio_of_means: nullable(double('F as the ratio of mean NLs')),
      nl_circuit: nullable(double('mean NL of the circuit')),
      nl_none: nullable(double('mean NL with everything ablated')),
      nl_model: nullable(double('mean NL of the whole model')),
      accuracy: nullable(double('share of prompts that the circuit alone completes correctly')),
      null_reason: nullReason,
    },
    key: ['unit_id', 'operator', 'circuit', 'derived'],
    checks: [
      '(faithfulness IS NULL) = (null_reason IS NOT NULL)',
      'faithfulness IS NULL OR n > 0',
      'n >= 0 AND below_floor >= 0',
    ],
  }),
  probe_accuracy: table({
    comment:
      'One row per unit, operator, layer and position: how well a linear probe reads the answer from resid_post (method 6).',
    columns: {
      ...factKey,
      layer,
      position,
      classes: integer('different answers, which the probe tells apart'),
      n_train: integer('prompts trained on'),
      n_test: integer('prompts tested on'),
      train_accuracy: nullable(double('share of the training prompts read right')),
      test_accuracy: nullable(double('share of the test prompts read right')),
      majority: nullable(
        double('share of the test prompts with the most frequent answer of the training: chance'),
      ),
      null_reason: nullReason,
    },
    key: ['unit_id', 'operator', 'layer', 'position'],
    checks: ['(test_accuracy IS NULL) = (null_reason IS NOT NULL)'],
  }),
};
