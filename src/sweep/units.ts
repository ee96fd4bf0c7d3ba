import { programVersion } from '../files/package.js';
import type { RowOf } from '../store/schema/tables.js';
import type { UnitFailure } from '../store/stored-units.js';
import { questionOf } from './reference/ask-reference.js';
import type { CheckpointRef } from './sources/checkpoints.js';
import { identityOf } from './identity.js';
import { needReference, plannedMeasures, type PlannedMeasure } from './measures/measures.js';
import { promptSetsOf, type PromptSets } from './prompt-sets.js';
import { rememberedAnswers } from './reference/remembered.js';
import { scopeOf, type PlannedRun, type RunContext } from './run-context.js';

/** What decides the values of a checkpoint's units beside the settings. */
export interface UnitInputs {
  /** null when the weights could not be read. */
  readonly weightsHash: string | null;
  /** null when it failed before it drew its own. */
  readonly sets: PromptSets | null;
  /** Hash of the weights of the reference checkpoint that it was compared with; null where there was none. */
  readonly referenceHash: string | null;
}

/** The measures that a sweep takes at each checkpoint, on these prompts. */
export function measuresOn(context: PlannedRun, sets: PromptSets): PlannedMeasure[] {
  const { config, presets } = context.request;
  return plannedMeasures(config, presets, scopeOf(context, sets));
}

/**
 * Identity of a unit: which weights, tokenizer, prompts, configuration and code made its rows. Nothing of names or
 * times is in it but what the rows state.
 */
export function unitId(
  context: PlannedRun,
  ref: CheckpointRef,
  inputs: UnitInputs,
  planned: PlannedMeasure,
): string {
  return identityOf({ ...sharedIdentity(context, ref, inputs, planned), weights: inputs.weightsHash });
}

/** Identity of a unit that could not be compared with the reference checkpoint: none of those that can be. */
export function uncomparedId(
  context: PlannedRun,
  ref: CheckpointRef,
  inputs: UnitInputs,
  planned: PlannedMeasure,
): string {
  const shared = sharedIdentity(context, ref, { ...inputs, referenceHash: null }, planned);
  return identityOf({ ...shared, weights: inputs.weightsHash, uncompared: context.referenceHash });
}

/** The prompts that a failure's configuration speaks of: where checkpoints draw their own, none are drawn yet. */
export function setsOfFailure({ sets, universes }: PlannedRun): PromptSets {
  return sets ?? promptSetsOf(universes, []);
}

/**
 * Identity of a failure: the same program fails again as long as the checkpoint's files are the same.
 * @param files as `CheckpointSource.state` tells
 */
export function failureId(
  context: PlannedRun,
  ref: CheckpointRef,
  planned: PlannedMeasure,
  files: string,
): string {
  const failed = { files, program: programVersion() };
  return identityOf({ ...sharedIdentity(context, ref, context, planned), failed });
}

function sharedIdentity(
  context: PlannedRun,
  ref: CheckpointRef,
  { sets, referenceHash }: Pick<UnitInputs, 'sets' | 'referenceHash'>,
  { configuration, version }: PlannedMeasure,
): Readonly<Record<string, unknown>> {
  const { measure } = configuration;
  return {
    suite: context.request.suite.manifest.name,
    seed: ref.seed,
    step: ref.step,
    measure,
    version,
    configuration: configuration.configuration_id,
    tokenizer: context.tokenizer.hash,
    prompts: sets?.hash ?? null,
    reference: needReference([measure]) ? referenceHash : null,
  };
}

export interface PlannedUnit {
  readonly id: string;
  readonly planned: PlannedMeasure;
}

/**
 * The units of a checkpoint as far as they are known before it runs.
 * @returns null where only the run tells (prompts `correct` at this checkpoint, or weights that cannot be read)
 */
export async function plannedUnits(run: PlannedRun, ref: CheckpointRef): Promise<PlannedUnit[] | null> {
  let weightsHash: string;
  try {
    weightsHash = await ref.source.weightsHash(run.request.signal);
  } catch {
    return null; // the run will say what is wrong with it
  }
  const sets = run.sets ?? (await rememberedAnswers(questionOf(run, weightsHash)))?.sets ?? null;
  if (sets === null) return null;
  const { referenceHash } = run;
  return measuresOn(run, sets).map((planned) => ({
    id: unitId(run, ref, { weightsHash, sets, referenceHash }, planned),
    planned,
  }));
}

/** How a unit came about. */
export interface UnitOutcome {
  readonly startedAt: Date;
  readonly seconds: number;
  readonly bytes: number;
  /** null when it is done. */
  readonly failure: UnitFailure | null;
}

/** Row of the `units` table. */
export function unitRow(
  context: RunContext,
  ref: CheckpointRef,
  { id, planned: { configuration, version } }: PlannedUnit,
  inputs: Pick<UnitInputs, 'weightsHash' | 'sets'>,
  outcome: UnitOutcome,
): RowOf<'units'> {
  return {
    unit_id: id,
    suite: context.request.suite.manifest.name,
    seed: ref.seed,
    step: ref.step,
    measure: configuration.measure,
    configuration_id: configuration.configuration_id,
    measure_version: version,
    weights_hash: inputs.weightsHash,
    tokenizer_hash: context.tokenizer.hash,
    prompts_hash: inputs.sets?.hash ?? null,
    engine: context.engine.name,
    engine_version: context.engine.version,
    program_version: programVersion(),
    state: outcome.failure === null ? 'done' : 'failed',
    started_at: outcome.startedAt,
    seconds: outcome.seconds,
    bytes_read: outcome.bytes,
    peak_memory_bytes: process.memoryUsage.rss(),
    error_kind: outcome.failure?.kind ?? null,
    error: outcome.failure?.error ?? null,
  };
}
