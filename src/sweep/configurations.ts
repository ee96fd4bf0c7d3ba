import type { SweepConfig } from '../config/sweep-fields.js';
import type { HeuristicPreset } from '../heuristics/preset.js';
import type { RowOf } from '../store/schema/tables.js';
import { identityOf } from './identity.js';

type Configuration = RowOf<'configurations'>;

/** What a run's prompts and layers turned out to be, beside the settings. */
export interface ResolvedScope {
  readonly promptsHash: string;
  readonly maxOperand: number;
  readonly maxAnswer: number;
  readonly firstLayer: number;
  readonly nLayers: number;
}

function withId(content: Omit<Configuration, 'configuration_id'>, more: object = {}): Configuration {
  return { configuration_id: identityOf({ ...content, ...more }), ...content };
}

/** The configuration of the accuracy measure. */
export function accuracyConfiguration(config: SweepConfig, scope: ResolvedScope): Configuration {
  return withId({
    measure: 'accuracy',
    preset: null,
    prompt_set: config.promptSet,
    prompts_hash: scope.promptsHash,
    max_operand: scope.maxOperand,
    max_single_token: scope.maxAnswer,
    min_prompts: config.minPrompts,
    analysis_seed: config.seed,
    threshold: null,
    largest_base_rate: null,
    heuristic_layers_from: null,
    heuristic_layers_to: null,
    neurons: null,
    ties_seed: null,
    null_seed: null,
  });
}

/** The configuration of the classification by one preset; the preset's whole content is part of its identity. */
export function classificationConfiguration(
  config: SweepConfig,
  scope: ResolvedScope,
  preset: HeuristicPreset,
): Configuration {
  return withId(
    {
      measure: 'classification',
      preset: preset.name,
      prompt_set: 'universe',
      prompts_hash: scope.promptsHash,
      max_operand: scope.maxOperand,
      max_single_token: scope.maxAnswer,
      min_prompts: null,
      analysis_seed: null,
      threshold: config.threshold ?? preset.threshold,
      largest_base_rate: preset.largestBaseRate ?? null,
      heuristic_layers_from: scope.firstLayer,
      heuristic_layers_to: scope.nLayers,
      neurons: 'all',
      ties_seed: config.seed,
      null_seed: config.seed,
    },
    { presetContent: preset },
  );
}
