import type { LimitFunction } from 'p-limit';
import { InterruptedError, type HeuristraceError } from '../errors/errors.js';
import { programVersion } from '../files/package.js';
import type { HeuristicPreset } from '../heuristics/preset.js';
import { commitStep, type CommitResult } from '../store/commit-step.js';
import type { UnitBatch } from '../store/encode-batch.js';
import type { RowOf } from '../store/schema/tables.js';
import type { CheckpointRef } from './checkpoints.js';
import type { ClassifyPool } from './classify-pool.js';
import { accuracyRows } from './measure-accuracy.js';
import { classifyCheckpoint, type ClassificationRows } from './measure-classification.js';
import { modelPass, type ModelPass } from './model-pass.js';
import { drawPromptSets, promptRows, type PromptSets } from './prompt-sets.js';
import { checkpointRow, suiteRow } from './rows.js';
import { plannedMeasures, unitId, type PlannedMeasure, type RunContext } from './run-context.js';

export interface StepResources {
  readonly pool: ClassifyPool;
  /** Serialise the engine and the writing of the database. */
  readonly limits: { readonly model: LimitFunction; readonly commit: LimitFunction };
  readonly signal: AbortSignal | undefined;
}

/** One checkpoint from file to database: model pass, measures, one commit. @throws what its parts throw */
export async function analyseCheckpoint(
  context: RunContext,
  ref: CheckpointRef,
  { pool, limits, signal }: StepResources,
): Promise<CommitResult> {
  const { request, universes } = context;
  const { config, suite } = request;
  const startedAt = new Date();
  const started = performance.now();
  const classifies = config.measures.includes('classification');
  const pass = await limits.model(() =>
    modelPass(ref, {
      suite,
      tokens: context.tokenizer.tokens,
      universes,
      firstLayer: classifies ? context.firstLayer : null,
      batch: config.batch,
      signal,
    }),
  );
  const sets = context.sets ?? ownSets(context, pass);
  const classified = classifies ? await classify(context, pass, pool) : [];
  if (signal?.aborted === true) throw new InterruptedError();
  const measures = plannedMeasures(context, sets);
  const cost = { startedAt, seconds: (performance.now() - started) / 1000, bytes: pass.checkpoint.bytes };
  const units = measures.map((measure): UnitBatch => {
    const unit = unitRow(context, ref, pass.checkpoint.weightsHash, sets, measure, cost, null);
    if (measure.configuration.measure === 'accuracy')
      return { unit, facts: { accuracy: accuracy(context, pass, sets) } };
    const { neurons, neuron_heuristics, classification_chance } = rowsOf(measure, context, classified);
    return { unit, facts: { neurons, neuron_heuristics, classification_chance } };
  });
  return limits.commit(() =>
    commitStep({
      db: request.db,
      programVersion: programVersion(),
      batch: {
        dimensions: {
          suites: [suiteRow(suite, pass, context.firstLayer)],
          checkpoints: [checkpointRow(suite, ref, pass, context.tokenizer)],
          configurations: measures.map(({ configuration }) => configuration),
          prompts: firstTime(context, sets) ? promptRows(suite.manifest.name, sets) : [],
          heuristics: heuristicRows(measures, context, classified),
        },
        units,
      },
    }),
  );
}

/** Prompts are given to the store with the first checkpoint of a run that uses them. */
const given = new WeakMap<RunContext, Set<string>>();

function firstTime(context: RunContext, { hash }: PromptSets): boolean {
  const seen = given.get(context) ?? new Set<string>();
  given.set(context, seen);
  if (seen.has(hash)) return false;
  seen.add(hash);
  return true;
}

function ownSets({ universes, request }: RunContext, pass: ModelPass): PromptSets {
  const { analysisPrompts: size, seed } = request.config;
  const correct = pass.operators.map((operator) => operator.correct);
  return drawPromptSets(universes, correct, { size, seed });
}

function accuracy(
  { request }: RunContext,
  pass: ModelPass,
  sets: PromptSets,
): ReturnType<typeof accuracyRows> {
  return sets.operators.flatMap((prompts, i) =>
    accuracyRows(prompts, pass.operators[i]?.correct ?? new Uint8Array(), request.config.minPrompts),
  );
}

function classify(context: RunContext, pass: ModelPass, pool: ClassifyPool): Promise<ClassificationRows[]> {
  const maps = context.universes.operators.map(({ universe }, i) => ({
    operator: universe.operator,
    plans: context.heuristics[i] ?? [],
    activations: pass.operators[i]?.activations ?? new Float32Array(new SharedArrayBuffer(0)),
    directLogits: pass.directLogits,
  }));
  const { config } = context.request;
  return classifyCheckpoint(maps, pool, {
    firstLayer: context.firstLayer,
    dMlp: pass.checkpoint.config.dMlp,
    seed: config.seed,
    threshold: config.threshold,
    presets: context.request.presets.length,
  });
}

function presetIndex({ configuration }: PlannedMeasure, presets: readonly HeuristicPreset[]): number {
  return presets.findIndex((preset) => preset.name === configuration.preset);
}

function rowsOf(
  measure: PlannedMeasure,
  { request }: RunContext,
  classified: readonly ClassificationRows[],
): ClassificationRows {
  const rows = classified[presetIndex(measure, request.presets)];
  if (rows === undefined)
    throw new Error(`nothing was classified for ${String(measure.configuration.preset)}`);
  return rows;
}

function heuristicRows(
  measures: readonly PlannedMeasure[],
  context: RunContext,
  classified: readonly ClassificationRows[],
): RowOf<'heuristics'>[] {
  return measures
    .filter(({ configuration }) => configuration.measure === 'classification')
    .flatMap((measure) =>
      rowsOf(measure, context, classified).heuristics.map((row) => ({
        configuration_id: measure.configuration.configuration_id,
        ...row,
      })),
    );
}

interface UnitCost {
  readonly startedAt: Date;
  readonly seconds: number;
  readonly bytes: number;
}

function unitRow(
  context: RunContext,
  ref: CheckpointRef,
  weightsHash: string | null,
  sets: PromptSets,
  measure: PlannedMeasure,
  cost: UnitCost,
  error: string | null,
): RowOf<'units'> {
  return {
    unit_id: unitId(context, ref, weightsHash, sets, measure),
    suite: context.request.suite.manifest.name,
    seed: ref.seed,
    step: ref.step,
    measure: measure.configuration.measure,
    configuration_id: measure.configuration.configuration_id,
    measure_version: measure.version,
    weights_hash: weightsHash,
    tokenizer_hash: context.tokenizer.hash,
    prompts_hash: sets.hash,
    engine: context.engine.name,
    engine_version: context.engine.version,
    program_version: programVersion(),
    state: error === null ? 'done' : 'failed',
    started_at: cost.startedAt,
    seconds: cost.seconds,
    bytes_read: cost.bytes,
    peak_memory_bytes: process.memoryUsage.rss(),
    error,
  };
}

/** Records that a checkpoint could not be analysed, and why, so that reports can say so. */
export async function storeFailure(
  context: RunContext,
  ref: CheckpointRef,
  error: HeuristraceError,
): Promise<void> {
  const sets = context.sets;
  if (sets === null) return; // without prompts the unit has no identity; the error is reported all the same
  const measures = plannedMeasures(context, sets);
  const cost = { startedAt: new Date(), seconds: 0, bytes: 0 };
  await commitStep({
    db: context.request.db,
    programVersion: programVersion(),
    batch: {
      dimensions: { configurations: measures.map(({ configuration }) => configuration) },
      units: measures.map((measure) => ({
        unit: unitRow(context, ref, null, sets, measure, cost, error.message),
        facts: {},
      })),
    },
  });
}
