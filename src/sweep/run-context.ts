import { DEFAULT_MAX_OPERAND, type SweepConfig } from '../config/sweep-fields.js';
import { layerIndex, type LayerIndex } from '../domain/ids.js';
import type { Measure } from '../domain/measure.js';
import type { ModelConfig } from '../domain/model-config.js';
import { isOperator, OPERATORS, type Operator } from '../domain/operator.js';
import { UsageError } from '../errors/errors.js';
import type { HeuristicPreset } from '../heuristics/preset.js';
import { compileHeuristics, type Plan } from '../heuristics/plan.js';
import { readModelConfig } from '../weights/checkpoint.js';
import { readTokenizer, type RunPlan, type RunTokenizer } from './checkpoints.js';
import type { ResolvedScope } from './configurations.js';
import { Deferred } from './deferred.js';
import { measuresOf } from './measures.js';
import { askReference } from './ask-reference.js';
import { buildUniverses, type PromptSets, type Universes } from './prompt-sets.js';
import type { ReferenceResults } from './reference-results.js';
import type { SweepRequest } from './request.js';
import type { TaskPool } from './tasks/task-pool.js';

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

/** Everything that is the same for all checkpoints of one training run. */
export interface RunContext {
  readonly request: SweepRequest;
  readonly engine: { readonly name: string; readonly version: string };
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
  /** Bytes that the maps of one checkpoint may take; what is more is recorded and classified in turns. */
  readonly mapBytes: number;
  /** Neurons whose exact effect is taken, at most. */
  readonly exactNeurons: number;
  /** Drawn once for the run; null where each checkpoint draws its own (`correct`). */
  readonly sets: PromptSets | null;
  /** [operator][preset] */
  readonly heuristics: readonly (readonly Plan[])[];
  /** sha256 of the reference checkpoint's weights. */
  readonly referenceHash: string;
  /** What the reference checkpoint says to the others, once it is analysed or read from the database; null if it failed. */
  readonly reference: Deferred<ReferenceResults | null>;
}

/**
 * Prepares a run: tokenizer, universes, what has to be asked of the reference checkpoint (analysis prompts, first
 * heuristic layer) and the compiled heuristics.
 * @throws what reading the reference checkpoint throws; UsageError when the first layer is none of the model's
 */
export async function openRun(request: SweepRequest, plan: RunPlan, pool: TaskPool): Promise<RunContext> {
  const { suite, config, presets } = request;
  const maxOperand = config.maxOperand ?? suite.manifest.maxOperand ?? DEFAULT_MAX_OPERAND;
  const tokenizer = await readTokenizer(suite, plan, maxOperand, request.signal);
  try {
    const reference = await plan.reference.source.fetch(request.signal);
    const model = await readModelConfig(reference.folder, reference.namedBy);
    const universes = buildUniverses(
      selectedOperators(config.operators),
      maxOperand,
      tokenizer.tokens.maxSingleToken,
      suite.manifest.split,
    );
    const wanted = config.firstLayer ?? suite.manifest.firstHeuristicLayer ?? 'half';
    const { sets, probeLayer } = await askReference(
      { request, pool },
      reference,
      tokenizer,
      universes,
      wanted === 'probe',
    );
    const firstLayer = layerIndex(
      probeLayer ?? (wanted === 'half' ? Math.ceil(model.nLayers / 2) : Number(wanted)),
    );
    if (firstLayer >= model.nLayers)
      throw new UsageError(
        `first layer ${firstLayer} of a model with ${model.nLayers} layers`,
        `Give --first-layer a number below ${model.nLayers}.`,
      );
    const neurons = config.neurons ?? 'top';
    return {
      request,
      engine: pool.engine,
      plan,
      tokenizer,
      universes,
      maxOperand,
      model,
      firstLayer,
      measures: measuresOf(config, neurons),
      neurons,
      mapBytes: request.mapBytes ?? Infinity,
      exactNeurons: exactNeuronsOf(config, (model.nLayers - firstLayer) * model.dMlp),
      sets,
      heuristics: universes.operators.map(({ universe }) =>
        universe.count === 0 ? [] : presets.map((preset) => compileHeuristics({ preset, universe })),
      ),
      referenceHash: await plan.reference.source.weightsHash(request.signal),
      reference: new Deferred(),
    };
  } finally {
    // It may be evicted until it is analysed: holding one for each run could use a disk budget up.
    await plan.reference.source.release();
  }
}

/** What the configurations of a run's measures say of its prompts and layers. */
export function scopeOf(context: RunContext, sets: PromptSets): ResolvedScope {
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

function selectedOperators(names: readonly string[]): Operator[] {
  const wanted = names.filter(isOperator);
  return OPERATORS.filter((operator) => wanted.includes(operator));
}
