import type { Measure } from '../domain/measure.js';
import { InterruptedError, type HeuristraceError } from '../errors/errors.js';
import { ReferenceFailedError } from '../errors/sweep-errors.js';
import type { UnitBatch } from '../store/encode-batch.js';
import type { RowOf } from '../store/schema/tables.js';
import type { ResultStore } from '../store/spool/result-store.js';
import type { CheckpointFacts } from '../weights/checkpoint.js';
import type { CheckpointRef } from './sources/checkpoints.js';
import type { Stage, SweepEvents } from './events.js';
import type { ClassificationRows } from './measures/measure-classification.js';
import { classifyRecorded, measureWithHeuristics, referenceResults } from './measures/measure-heuristics.js';
import { measureModel, type Facts } from './measures/measure-model.js';
import { needReference, type PlannedMeasure } from './measures/measures.js';
import { questionOf } from './reference/ask-reference.js';
import { rememberAnswers } from './reference/remembered.js';
import { promptRows, type PromptSets } from './prompt-sets.js';
import { checkpointRow, suiteRow } from './rows.js';
import type { Reference, ReferenceResults } from './reference/reference-results.js';
import type { RunContext } from './run-context.js';
import { Stopwatch } from './measures/stopwatch.js';
import type { PooledModel, TaskPool } from './tasks/task-pool.js';
import { failureId, measuresOn, setsOfFailure, uncomparedId, unitId, unitRow } from './units.js';

export interface StepResources {
  readonly pool: TaskPool;
  readonly results: ResultStore;
  /** Told what happens to each checkpoint. */
  readonly onStage: SweepEvents['onStage'];
}

/** Does a checkpoint's work of one stage, and tells when it begins and ends. */
async function inStage<T>(
  { onStage }: Pick<StepResources, 'onStage'>,
  { stage, ref: { seed, step } }: { readonly stage: Stage; readonly ref: CheckpointRef },
  work: () => Promise<T>,
): Promise<T> {
  onStage?.({ stage, seed, step, kind: 'begin' });
  try {
    return await work();
  } finally {
    onStage?.({ stage, seed, step, kind: 'end' });
  }
}

export interface AnalysedCheckpoint {
  /** Of each measure. */
  readonly seconds: ReadonlyMap<Measure, number>;
  /** Why it could not be compared with the reference checkpoint; all else is stored. */
  readonly failure: ReferenceFailedError | null;
}

/**
 * One checkpoint from file to database: what needs the model alone, the neurons' heuristics, what needs these. All
 * computing is done by the pool, whose threads other checkpoints share.
 * @throws what its parts throw
 */
export async function analyseCheckpoint(
  context: RunContext,
  ref: CheckpointRef,
  resources: StepResources,
): Promise<AnalysedCheckpoint> {
  try {
    return await analyseFetched(context, ref, resources);
  } finally {
    await ref.source.release();
  }
}

async function analyseFetched(
  context: RunContext,
  ref: CheckpointRef,
  resources: StepResources,
): Promise<AnalysedCheckpoint> {
  const { pool, results, onStage } = resources;
  const startedAt = new Date();
  const watch = new Stopwatch();
  const { seed, step } = ref;
  const onSeconds = (measure: Measure, seconds: number): void => {
    watch.count(measure, seconds);
    onStage?.({ stage: 'compute', kind: 'at', seed, step, measure });
  };
  // While another checkpoint computes.
  const folder = await inStage(resources, { stage: 'fetch', ref }, () =>
    ref.source.fetch(context.request.signal),
  );
  const model = await inStage(resources, { stage: 'load', ref }, () => pool.open(folder, onSeconds));
  try {
    const analysed = await inStage(resources, { stage: 'compute', ref }, () =>
      compute(context, ref, model, watch),
    );
    await inStage(resources, { stage: 'store', ref }, () =>
      storeCheckpoint(context, ref, { startedAt, watch, checkpoint: model.facts, ...analysed }, results),
    );
    const { reference } = analysed;
    return {
      seconds: watch.entries(),
      failure: reference instanceof ReferenceFailedError ? reference : null,
    };
  } finally {
    await model.dispose();
  }
}

/** Everything of a checkpoint that takes its model. */
async function compute(
  context: RunContext,
  ref: CheckpointRef,
  model: PooledModel,
  watch: Stopwatch,
): Promise<Pick<Analysed, 'sets' | 'facts' | 'classified' | 'reference'>> {
  const isReference = ref === context.plan.reference;
  const asked = async (): Promise<ReferenceResults | null> =>
    isReference ? null : resultsOf(await context.reference.value);
  const found = await measureModel(context, model, asked);
  const classified = await classifyRecorded(context, found, model);
  if (isReference) {
    const { weightsHash } = model.facts;
    context.reference.resolve({ weightsHash, results: referenceResults(context, found, classified) });
  }
  const reference = needReference(context.measures) ? await context.reference.value : null;
  const findings = { ...found, classified };
  const later = await measureWithHeuristics(context, model, findings, resultsOf(reference), watch);
  if (context.request.signal?.aborted === true) throw new InterruptedError();
  const facts = new Map([...found.facts, ...later]);
  if (context.sets === null) await rememberOwnSets(context, model.facts, found.sets);
  return { sets: found.sets, facts, classified: classified.presets, reference };
}

/** What a reference checkpoint says, if it could be analysed. */
function resultsOf(reference: Reference | ReferenceFailedError | null): ReferenceResults | null {
  return reference === null || reference instanceof ReferenceFailedError ? null : reference.results;
}

/** Prompts that a checkpoint drew for itself: the next sweep then knows what its units are called. */
async function rememberOwnSets(
  context: RunContext,
  { weightsHash }: CheckpointFacts,
  sets: PromptSets,
): Promise<void> {
  await rememberAnswers(questionOf(context, weightsHash), { sets, probeLayer: null });
}

interface Analysed {
  readonly startedAt: Date;
  readonly watch: Stopwatch;
  readonly checkpoint: CheckpointFacts;
  readonly sets: PromptSets;
  /** Rows of all measures but the classification. */
  readonly facts: ReadonlyMap<Measure, Facts>;
  /** [preset] */
  readonly classified: readonly ClassificationRows[];
  /** As in the run's context; null also where nothing is compared. */
  readonly reference: Reference | ReferenceFailedError | null;
}

async function storeCheckpoint(
  context: RunContext,
  ref: CheckpointRef,
  analysed: Analysed,
  results: ResultStore,
): Promise<void> {
  const { request } = context;
  const { checkpoint, sets, classified, facts, watch, startedAt, reference } = analysed;
  const failed = reference instanceof ReferenceFailedError ? reference : null;
  const referenceHash =
    reference === null || reference instanceof ReferenceFailedError ? null : reference.weightsHash;
  const inputs = { weightsHash: checkpoint.weightsHash, sets, referenceHash };
  const measures = measuresOn(context, sets);
  const units = measures.flatMap((planned): UnitBatch[] => {
    const { measure } = planned.configuration;
    if (needReference([measure]) && referenceHash === null) {
      if (failed === null) return []; // the sweep ends, and the next one computes it
      const failure = { kind: failed.kind, error: failed.message };
      const id = uncomparedId(context, ref, inputs, planned);
      const outcome = { startedAt, seconds: 0, bytes: 0, failure };
      return [{ unit: unitRow(context, ref, { id, planned }, inputs, outcome), facts: {} }];
    }
    const shared = measures.filter(({ configuration }) => configuration.measure === measure).length;
    const seconds = watch.seconds(measure) / shared; // presets are classified together
    const outcome = { startedAt, seconds, bytes: checkpoint.bytes, failure: null };
    const id = unitId(context, ref, inputs, planned);
    const unit = unitRow(context, ref, { id, planned }, inputs, outcome);
    if (measure !== 'classification') return [{ unit, facts: facts.get(measure) ?? {} }];
    const { neurons, neuron_heuristics, classification_chance } = rowsOf(planned, classified);
    return [{ unit, facts: { neurons, neuron_heuristics, classification_chance } }];
  });
  const isStored = await results.add({
    dimensions: {
      suites: [suiteRow(request.suite, checkpoint)],
      checkpoints: [checkpointRow(request.suite, ref, checkpoint, context.tokenizer)],
      configurations: measures.map(({ configuration }) => configuration),
      prompts:
        given.get(context)?.has(sets.hash) === true ? [] : promptRows(request.suite.manifest.name, sets),
      heuristics: heuristicRows(measures, classified),
    },
    units,
  });
  if (isStored) given.set(context, new Set(given.get(context)).add(sets.hash));
}

/** Hashes of prompts that the store has: each checkpoint of a run brings its own until one of them is stored. */
const given = new WeakMap<RunContext, ReadonlySet<string>>();

function rowsOf(
  { preset, configuration }: PlannedMeasure,
  classified: readonly ClassificationRows[],
): ClassificationRows {
  const rows = classified[preset ?? 0];
  if (rows === undefined) throw new Error(`nothing was classified for ${String(configuration.preset)}`);
  return rows;
}

function heuristicRows(
  measures: readonly PlannedMeasure[],
  classified: readonly ClassificationRows[],
): RowOf<'heuristics'>[] {
  return measures
    .filter(({ configuration }) => configuration.measure === 'classification')
    .flatMap((planned) =>
      rowsOf(planned, classified).heuristics.map((row) => ({
        configuration_id: planned.configuration.configuration_id,
        ...row,
      })),
    );
}

/** Records that a checkpoint could not be analysed, and why, so that reports can say so. */
export async function storeFailure(
  context: RunContext,
  ref: CheckpointRef,
  error: HeuristraceError,
  results: ResultStore,
): Promise<void> {
  const measures = measuresOn(context, setsOfFailure(context));
  const files = await ref.source.state(context.request.signal);
  const failure = { kind: error.kind, error: error.message };
  const outcome = { startedAt: new Date(), seconds: 0, bytes: 0, failure };
  await results.add({
    dimensions: { configurations: measures.map(({ configuration }) => configuration) },
    units: measures.map((planned) => ({
      unit: unitRow(
        context,
        ref,
        { id: failureId(context, ref, planned, files), planned },
        { weightsHash: null, sets: context.sets },
        outcome,
      ),
      facts: {},
    })),
  });
}
