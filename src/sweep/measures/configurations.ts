import type { SweepConfig } from '../../config/sweep-fields.js';
import type { Measure } from '../../domain/measure.js';
import type { HeuristicPreset } from '../../heuristics/preset.js';
import type { RowOf } from '../../store/schema/tables.js';
import { identityOf } from '../identity.js';

type Configuration = RowOf<'configurations'>;
type Setting = Exclude<keyof Configuration, 'configuration_id' | 'measure'>;

/** What a run's prompts and layers turned out to be, beside the settings. */
export interface ResolvedScope {
  readonly promptsHash: string;
  readonly maxOperand: number;
  readonly maxAnswer: number;
  readonly firstLayer: number;
  readonly nLayers: number;
  /** Which neurons of the heuristic layers are classified. */
  readonly neurons: 'top' | 'all';
  /** Neurons whose exact effect is taken. */
  readonly exactNeurons: number;
}

const LAYERS = ['heuristic_layers_from', 'heuristic_layers_to'] as const;
const PAIRS = ['analysis_prompts', 'analysis_seed', 'min_prompts', 'counterfactuals'] as const;
const RANKED = ['neuron_score', 'top_neurons'] as const;
const MATCHED = ['preset', 'threshold', 'largest_base_rate', 'neurons', 'ties_seed'] as const;
const CIRCUITS = [
  'rank_by',
  'circuit_heads',
  'circuit_neurons',
  'faithfulness_floor',
  'bootstrap_samples',
] as const;
const PROBES = [
  'probe_prompts',
  'probe_split',
  'probe_epochs',
  'probe_batch',
  'probe_learning_rate',
] as const;
const KNOCKOUTS = [
  'knockout_positions',
  'knockout_prompts',
  'knockout_least_neurons',
  'knockout_limits',
  'knockout_rank',
] as const;

const MAPS = ['map_neurons', 'map_cells'] as const;

/** The settings that decide the values of each measure; those that do not are null in its configuration. */
const DECIDING: Record<Measure, readonly Setting[]> = {
  accuracy: ['analysis_prompts', 'analysis_seed', 'min_prompts'],
  components: PAIRS,
  attribution: [...PAIRS, ...LAYERS, ...RANKED, 'neurons', 'exact_neurons'],
  probe: ['analysis_seed', ...PROBES],
  classification: [...LAYERS, ...MATCHED, 'null_seed'],
  faithfulness: [...PAIRS, ...RANKED, ...LAYERS, ...MATCHED, ...CIRCUITS],
  knockouts: [...LAYERS, ...MATCHED, ...KNOCKOUTS, 'analysis_seed', 'min_prompts', 'case_prompts'],
  failures: [...LAYERS, ...MATCHED, 'analysis_seed', 'min_prompts', 'case_prompts'],
  maps: [...PAIRS, ...RANKED, 'exact_neurons', ...LAYERS, ...MATCHED, ...MAPS],
};

/** Those that also count where only the top neurons are classified, since attribution chooses them. */
const DECIDING_TOP: readonly Setting[] = [...PAIRS, ...RANKED];

/**
 * The configuration of a measure. The preset's whole content is part of the identity of what uses one.
 * @param preset for `classification` the preset it is made with; for what follows from it, the first of the sweep
 */
export function configurationOf(
  measure: Measure,
  config: SweepConfig,
  scope: ResolvedScope,
  preset: HeuristicPreset | null,
): Configuration {
  const matches = DECIDING[measure].includes('preset');
  const deciding = new Set<Setting>([
    ...DECIDING[measure],
    ...(matches && scope.neurons === 'top' ? DECIDING_TOP : []),
  ]);
  const when = <T>(setting: Setting, value: T): T | null => (deciding.has(setting) ? value : null);
  const content = {
    measure,
    preset: when('preset', preset?.name ?? null),
    prompt_set: measure === 'classification' || measure === 'probe' ? 'universe' : config.promptSet,
    prompts_hash: scope.promptsHash,
    max_operand: scope.maxOperand,
    max_single_token: scope.maxAnswer,
    min_prompts: when('min_prompts', config.minPrompts),
    analysis_seed: when('analysis_seed', config.seed),
    analysis_prompts: when('analysis_prompts', config.analysisPrompts),
    counterfactuals: when('counterfactuals', config.counterfactuals),
    rank_by: when('rank_by', config.rankBy),
    neuron_score: when('neuron_score', config.neuronScore),
    top_neurons: when('top_neurons', config.topNeurons),
    exact_neurons: when('exact_neurons', scope.exactNeurons),
    threshold: when('threshold', config.threshold ?? preset?.threshold ?? null),
    largest_base_rate: when('largest_base_rate', preset?.largestBaseRate ?? null),
    heuristic_layers_from: when('heuristic_layers_from', scope.firstLayer),
    heuristic_layers_to: when('heuristic_layers_to', scope.nLayers),
    neurons: when('neurons', scope.neurons),
    ties_seed: when('ties_seed', config.seed),
    null_seed: when('null_seed', config.seed),
    circuit_heads: when('circuit_heads', config.circuitHeads.join()),
    circuit_neurons: when('circuit_neurons', config.circuitNeurons.join()),
    faithfulness_floor: when('faithfulness_floor', config.faithfulnessFloor),
    bootstrap_samples: when('bootstrap_samples', config.bootstrapSamples),
    probe_prompts: when('probe_prompts', config.probePrompts),
    probe_split: when('probe_split', config.probeSplit),
    probe_epochs: when('probe_epochs', config.probeEpochs),
    probe_batch: when('probe_batch', config.probeBatch),
    probe_learning_rate: when('probe_learning_rate', config.probeLearningRate),
    knockout_positions: when('knockout_positions', config.knockoutPositions),
    knockout_prompts: when('knockout_prompts', config.knockoutPrompts),
    knockout_least_neurons: when('knockout_least_neurons', config.knockoutLeastNeurons),
    knockout_limits: when('knockout_limits', config.knockoutLimits.join()),
    knockout_rank: when('knockout_rank', config.knockoutRank),
    map_neurons: when('map_neurons', config.mapNeurons),
    map_cells: when('map_cells', config.mapCells),
    case_prompts: when('case_prompts', config.casePrompts),
  };
  return { configuration_id: identityOf({ ...content, presetContent: when('preset', preset) }), ...content };
}
