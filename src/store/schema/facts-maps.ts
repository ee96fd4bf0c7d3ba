import { blob, choice, double, integer, nullable, table } from './columns.js';
import { factKey, layer, neuron, nullReason } from './shared-columns.js';

const bytes =
  'a byte b below 255 says low + b / 254 x (high - low), off by at most (high - low) / 508; 255: no prompt';
const profileBytes = `on the scale of profile_low and profile_high: ${bytes}`;

/** Pictures of single neurons (method 7). */
export const MAP_FACTS = {
  neuron_maps: table({
    comment:
      'One row per unit, operator, layer and neuron: means of the K map (mlp_post at the last position) of the neurons with the largest effects at the reference checkpoint, the same neurons at every step (method 4, 7). An operator for which the reference checkpoint names no neuron has one row without a neuron.',
    columns: {
      ...factKey,
      layer: nullable(layer),
      neuron: nullable(neuron),
      rank: nullable(integer('place among the neurons of the operator at the reference checkpoint, from 0')),
      ranked_by: nullable(
        choice(
          ['exact_effect', 'attribution', 'best_score'],
          'what placed it: score of its exact effect, of its attribution, or of its best heuristic where effects were not measured',
        ),
      ),
      side: integer('cells along each operand'),
      cell_operands: integer('operands along each side of a cell; the last cell may have fewer'),
      low: nullable(double('smallest mean over a cell, units of mlp_post')),
      high: nullable(double('largest mean over a cell, units of mlp_post')),
      cells: nullable(
        blob(
          `side x side bytes, those of the cell (op1 i, op2 j) at i x side + j: mean over its prompts; ${bytes}`,
        ),
      ),
      profile_low: nullable(double('smallest mean of the three profiles, units of mlp_post')),
      profile_high: nullable(double('largest mean of the three profiles, units of mlp_post')),
      op1_profile: nullable(blob(`a byte for each op1: mean over its prompts, ${profileBytes}`)),
      op2_profile: nullable(blob(`a byte for each op2: mean over its prompts, ${profileBytes}`)),
      result_profile: nullable(blob(`a byte for each result from 0: mean over its prompts, ${profileBytes}`)),
      null_reason: nullReason,
    },
    key: ['unit_id', 'operator', 'layer', 'neuron'],
    checks: [
      '(cells IS NULL) = (null_reason IS NOT NULL)',
      '(layer IS NULL) = (rank IS NULL)',
      '(neuron IS NULL) = (rank IS NULL)',
      'cells IS NULL OR (rank IS NOT NULL AND octet_length(cells) = side * side)',
    ],
  }),
};
