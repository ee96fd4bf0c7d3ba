import type { SweepConfig } from '../config/sweep-fields.js';
import type { LayerIndex } from '../domain/ids.js';
import type { Measure } from '../domain/measure.js';
import type { ModelConfig } from '../domain/model-config.js';
import type { ReferenceFailedError } from '../errors/sweep-errors.js';
import type { HeuristicPreset } from '../heuristics/preset.js';
import type { Plan } from '../heuristics/plan.js';
import type { RunPlan, RunTokenizer } from './sources/checkpoints.js';
import type { ResolvedScope } from './measures/configurations.js';
import type { Deferred } from './reference/deferred.js';
import type { PromptSets, Universes } from './prompt-sets.js';
import type { Reference } from './reference/reference-results.js';
import type { SweepRequest } from './request.js';

/** Up to so many neurons in the heuristic layers, the exact effects of all are taken by default. */
const EXACT_FOR_ALL = 2048;
const EXACT_OTHERWISE = 512;

/** Presets with the base-rate cap of the sweep, their own, or the suite's, in this order. */
export function cappedPresets({ presets, config, suite }: SweepRequest): HeuristicPreset[] {
  return presets.map((preset) => {
    const cap = config.largestBaseRate ?? preset.largestBaseRate ?? suite.manifest.largestBaseRate;
    return cap === undefined ? preset : { ...preset, largestBaseRate: cap };
  });
}

/** How many of the neurons of the heuristic layers have their exact effect taken. */
export function exactNeuronsOf({ exactNeurons }: SweepConfig, inLayers: number): number {
  return Math.min(inLayers, exactNeurons ?? (inLayers <= EXACT_FOR_ALL ? inLayers : EXACT_OTHERWISE));
}

/** What decides the units of all checkpoints of one training run: known before anything is computed on them. */
export interface PlannedRun {
  readonly request: SweepRequest;
  readonly plan: RunPlan;
  readonly tokenizer: RunTokenizer;
  readonly universes: Universes;
  readonly maxOperand: number;
  readonly model: ModelConfig;
  /** The heuristic layers are [firstLayer, model.nLayers). */
  readonly firstLayer: LayerIndex;
  readonly measures: ReadonlySet<Measure>;
  /** Which neurons of the heuristic layers are classified. */
  readonly neurons: 'top' | 'all';
  /** Neurons whose exact effect is taken, at most. */
  readonly exactNeurons: number;
  /** Drawn once for the run; null where each checkpoint draws its own (`correct`). */
  readonly sets: PromptSets | null;
  /** sha256 of the reference checkpoint's weights. */
  readonly referenceHash: string;
  /**
   * The reference checkpoint, once it is analysed or read from the database, or why it cannot be; null where a failure
   * that is not its own ends the sweep.
   */
  readonly reference: Deferred<Reference | ReferenceFailedError | null>;
}

/** Everything that is the same for all checkpoints of one training run. */
export interface RunContext extends PlannedRun {
  readonly engine: { readonly name: string; readonly version: string };
  /** Bytes that the maps of one checkpoint may take; what is more is recorded and classified in turns. */
  readonly mapBytes: number;
  /** [operator][preset] */
  readonly heuristics: readonly (readonly Plan[])[];
}

/** What the configurations of a run's measures say of its prompts and layers. */
export function scopeOf(context: PlannedRun, sets: PromptSets): ResolvedScope {
  return {
    promptsHash: sets.hash,
    maxOperand: context.maxOperand,
    maxAnswer: context.tokenizer.tokens.maxSingleToken,
    firstLayer: context.firstLayer,
    nLayers: context.model.nLayers,
    neurons: context.neurons,
    exactNeurons: context.exactNeurons,
  };
}
