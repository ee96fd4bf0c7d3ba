import { FAMILIES, TARGETS } from '../../domain/heuristic.js';
import { choice, integer, integers, nullable, table, text } from './columns.js';
import {
  ANY,
  configurationId,
  layer,
  neuron,
  nullReason,
  operator,
  seed,
  suite,
  unitId,
} from './shared-columns.js';

const target = choice([ANY, ...TARGETS], 'what of the prompt the heuristics speak of; any: all');
const family = choice([ANY, ...FAMILIES], 'kind of heuristics; any: all');

/**
 * What questions over all checkpoints would else have to count anew: prompts and neuron_heuristics in short. Made of the rows of a
 * unit when it is stored (`summarise`), so neither spooled nor ever changed by hand.
 */
export const SUMMARIES = {
  unit_scopes: table({
    comment:
      'One row per unit that is done: what it shares with units whose prompts are others, and on which operators it was measured. Read from its configuration and prompts when it is stored.',
    columns: {
      unit_id: unitId,
      preset: nullable(text('preset of heuristics (method 7); null where the measure uses none')),
      settings: text(
        'md5 of all settings of its configuration but the prompts, which differ by seed and by operators',
      ),
      operators: nullable(
        text('operators of its prompts, separated by commas; null when its prompts are not stored'),
      ),
    },
    key: ['unit_id'],
    checks: [],
  }),
  classification_counts: table({
    comment:
      'One row per unit and operator: how many neurons were classified. Counted from neurons when the unit is stored.',
    columns: {
      unit_id: unitId,
      operator,
      neurons: integer('neurons of the heuristic layers'),
      live_neurons: nullable(integer('neurons whose map varies: those that can be classified')),
      constant_neurons: nullable(integer('neurons whose map hardly varies (method 7)')),
      classified_neurons: nullable(integer('live neurons that match at least one heuristic')),
      pairs: nullable(integer('(heuristic, neuron) pairs that match')),
      null_reason: nullReason,
    },
    key: ['unit_id', 'operator'],
    checks: ['(pairs IS NULL) = (null_reason IS NOT NULL)'],
  }),
  match_counts: table({
    comment:
      'One row per unit, operator, target, family and heuristic (any: over all) that some neuron matches: neurons with at least one such match. Counted from neuron_heuristics when the unit is stored.',
    columns: {
      unit_id: unitId,
      operator,
      target,
      family,
      heuristic: text('readable key of the heuristic (method 7); any: all'),
      neurons: integer('neurons with at least one such match, each counted once'),
    },
    key: ['unit_id', 'operator', 'target', 'family', 'heuristic'],
  }),
  match_histories: table({
    comment:
      'One row per suite, seed, configuration, version, operator, heuristic (any: the neuron matches at least one), layer and neuron that ever matched: at which steps. The rows of neuron_heuristics by pair, kept up when a unit is stored.',
    columns: {
      suite,
      seed,
      configuration_id: configurationId,
      measure_version: integer('version of the program code of the measure'),
      operator,
      heuristic: text('readable key of the heuristic (method 7); any: at least one'),
      target,
      family,
      layer,
      neuron,
      steps: integers('training steps at which it matches, in their order'),
    },
    key: [
      ...(['suite', 'seed', 'configuration_id', 'measure_version'] as const),
      ...(['operator', 'heuristic', 'layer', 'neuron'] as const),
    ],
  }),
};
