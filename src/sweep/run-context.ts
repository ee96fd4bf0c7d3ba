import { join } from 'node:path';
import { layerIndex, type LayerIndex } from '../domain/ids.js';
import { UsageError } from '../errors/errors.js';
import { isOperator, OPERATORS, type Operator } from '../domain/operator.js';
import type { HeuristicPreset } from '../heuristics/preset.js';
import { compileHeuristics, type Plan } from '../heuristics/plan.js';
import { CHECKPOINT_FILES, hashFile, readModelConfig } from '../weights/checkpoint.js';
import type { RowOf } from '../store/schema/tables.js';
import { ACCURACY_VERSION } from './measure-accuracy.js';
import { CLASSIFICATION_VERSION } from './measure-classification.js';
import { readTokenizer, type CheckpointRef, type RunPlan, type RunTokenizer } from './checkpoints.js';
import { accuracyConfiguration, classificationConfiguration } from './configurations.js';
import { identityOf } from './identity.js';
import { modelPass } from './model-pass.js';
import { buildUniverses, drawPromptSets, type PromptSets, type Universes } from './prompt-sets.js';
import type { SweepRequest } from './request.js';

const DEFAULT_MAX_OPERAND = 300;

/** Presets with the base-rate cap of the sweep, their own, or the suite's, in this order. */
export function cappedPresets({ presets, config, suite }: SweepRequest): HeuristicPreset[] {
  return presets.map((preset) => {
    const cap = config.largestBaseRate ?? preset.largestBaseRate ?? suite.manifest.largestBaseRate;
    return cap === undefined ? preset : { ...preset, largestBaseRate: cap };
  });
}

/** Everything that is the same for all checkpoints of one training run. */
export interface RunContext {
  readonly request: SweepRequest;
  readonly engine: { readonly name: string; readonly version: string };
  readonly plan: RunPlan;
  readonly tokenizer: RunTokenizer;
  readonly universes: Universes;
  readonly maxOperand: number;
  /** Layers classified: [firstLayer, nLayers). */
  readonly firstLayer: LayerIndex;
  readonly nLayers: number;
  /** Drawn once for the run; null where each checkpoint draws its own (`correct`). */
  readonly sets: PromptSets | null;
  /** [operator][preset] */
  readonly heuristics: readonly (readonly Plan[])[];
}

/** A measure under one configuration, and the version of the code that takes it. */
export interface PlannedMeasure {
  readonly configuration: RowOf<'configurations'>;
  readonly version: number;
}

/**
 * Prepares a run: tokenizer, universes, analysis sets (which takes a pass of the reference checkpoint where the set is
 * `reference-correct`) and the compiled heuristics.
 * @throws what reading the reference checkpoint throws
 */
export async function openRun(
  request: SweepRequest,
  plan: RunPlan,
  engine: RunContext['engine'],
): Promise<RunContext> {
  const { suite, config, presets } = request;
  const maxOperand = config.maxOperand ?? suite.manifest.maxOperand ?? DEFAULT_MAX_OPERAND;
  const tokenizer = await readTokenizer(suite, plan, maxOperand);
  const model = await readModelConfig(plan.reference.folder, suite.manifestPath);
  const firstLayer = layerIndex(
    config.firstLayer ?? suite.manifest.firstHeuristicLayer ?? Math.ceil(model.nLayers / 2),
  );
  if (firstLayer >= model.nLayers)
    throw new UsageError(
      `first layer ${firstLayer} of a model with ${model.nLayers} layers`,
      `Give --first-layer a number below ${model.nLayers}.`,
    );
  const operators = selectedOperators(config.operators);
  const maxAnswer = tokenizer.tokens.maxSingleToken;
  const universes = buildUniverses(operators, maxOperand, maxAnswer, suite.manifest.split);
  const context = {
    request,
    engine,
    plan,
    tokenizer,
    universes,
    maxOperand,
    firstLayer,
    nLayers: model.nLayers,
  };
  return {
    ...context,
    sets: await setsOfRun(context),
    heuristics: universes.operators.map(({ universe }) =>
      universe.count === 0 ? [] : presets.map((preset) => compileHeuristics({ preset, universe })),
    ),
  };
}

function selectedOperators(names: readonly string[]): Operator[] {
  const wanted = names.filter(isOperator);
  return OPERATORS.filter((operator) => wanted.includes(operator));
}

async function setsOfRun(context: Omit<RunContext, 'sets' | 'heuristics'>): Promise<PromptSets | null> {
  const { request, plan, tokenizer, universes } = context;
  const { suite, config, signal } = request;
  const options = { size: config.analysisPrompts, seed: config.seed };
  if (config.promptSet === 'correct') return null;
  if (config.promptSet === 'all') return drawPromptSets(universes, [], options);
  const { tokens } = tokenizer;
  const pass = await modelPass(plan.reference, {
    suite,
    tokens,
    universes,
    firstLayer: null,
    batch: config.batch,
    signal,
  });
  return drawPromptSets(
    universes,
    pass.operators.map(({ correct }) => correct),
    options,
  );
}

/** The measures that a sweep takes at each checkpoint, on these prompts. */
export function plannedMeasures(context: RunContext, sets: PromptSets): PlannedMeasure[] {
  const { config, presets } = context.request;
  const scope = {
    promptsHash: sets.hash,
    maxOperand: context.maxOperand,
    maxAnswer: context.tokenizer.tokens.maxSingleToken,
    firstLayer: context.firstLayer,
    nLayers: context.nLayers,
  };
  const wanted: readonly string[] = config.measures;
  return [
    ...(wanted.includes('accuracy')
      ? [{ configuration: accuracyConfiguration(config, scope), version: ACCURACY_VERSION }]
      : []),
    ...(wanted.includes('classification')
      ? presets.map((preset) => ({
          configuration: classificationConfiguration(config, scope, preset),
          version: CLASSIFICATION_VERSION,
        }))
      : []),
  ];
}

/**
 * Identity of a unit: which weights, tokenizer, prompts, configuration and code made its rows. Nothing of names or
 * times is in it but what the rows state.
 */
export function unitId(
  context: RunContext,
  ref: CheckpointRef,
  weightsHash: string | null,
  sets: PromptSets,
  { configuration, version }: PlannedMeasure,
): string {
  return identityOf({
    suite: context.request.suite.manifest.name,
    seed: ref.seed,
    step: ref.step,
    measure: configuration.measure,
    version,
    configuration: configuration.configuration_id,
    weights: weightsHash,
    tokenizer: context.tokenizer.hash,
    prompts: sets.hash,
  });
}

/**
 * The units of a checkpoint as far as they are known before it runs.
 * @returns null where only the run tells (prompts `correct` at this checkpoint, or weights that cannot be read)
 */
export async function plannedUnits(context: RunContext, ref: CheckpointRef): Promise<string[] | null> {
  const { sets, request } = context;
  if (sets === null) return null;
  let weightsHash: string;
  try {
    weightsHash = await hashFile(join(ref.folder, CHECKPOINT_FILES.weights), request.suite.manifestPath);
  } catch {
    return null; // the run will say what is wrong with it
  }
  return plannedMeasures(context, sets).map((measure) => unitId(context, ref, weightsHash, sets, measure));
}
