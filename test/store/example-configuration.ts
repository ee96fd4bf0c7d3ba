import type { Measure } from '../../src/domain/measure.js';
import type { RowOf } from '../../src/store/schema/tables.js';

/** No settings but those that every measure has. */
const NO_SETTINGS = {
  preset: null,
  min_prompts: null,
  analysis_seed: null,
  analysis_prompts: null,
  counterfactuals: null,
  rank_by: null,
  neuron_score: null,
  top_neurons: null,
  exact_neurons: null,
  threshold: null,
  largest_base_rate: null,
  heuristic_layers_from: null,
  heuristic_layers_to: null,
  neurons: null,
  ties_seed: null,
  null_seed: null,
  circuit_heads: null,
  circuit_neurons: null,
  faithfulness_floor: null,
  bootstrap_samples: null,
  probe_prompts: null,
  probe_split: null,
  probe_epochs: null,
  probe_batch: null,
  probe_learning_rate: null,
  knockout_positions: null,
  knockout_prompts: null,
  knockout_least_neurons: null,
  knockout_limits: null,
  knockout_rank: null,
  map_neurons: null,
  map_cells: null,
  case_prompts: null,
} satisfies Partial<RowOf<'configurations'>>;

/** A configuration with the given settings; all others are null. */
export const exampleConfiguration = (
  measure: Measure,
  settings: Partial<RowOf<'configurations'>>,
): RowOf<'configurations'> => ({
  ...NO_SETTINGS,
  configuration_id: `configuration-${measure}`,
  measure,
  prompt_set: 'universe',
  prompts_hash: 'prompts',
  max_operand: 10,
  max_single_token: 20,
  ...settings,
});
