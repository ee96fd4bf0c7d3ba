import { programVersion } from '../files/package.js';
import type { RowOf } from '../store/schema/tables.js';
import type { CheckpointRef } from './checkpoints.js';
import { identityOf } from './identity.js';
import { plannedMeasures, type PlannedMeasure } from './measures.js';
import type { PromptSets } from './prompt-sets.js';
import { scopeOf, type RunContext } from './run-context.js';

/** What decides the values of a checkpoint's units beside the settings. */
export interface UnitInputs {
  /** null when the weights could not be read. */
  readonly weightsHash: string | null;
  readonly sets: PromptSets;
}

/** The measures that a sweep takes at each checkpoint, on these prompts. */
export function measuresOn(context: RunContext, sets: PromptSets): PlannedMeasure[] {
  const { config, presets } = context.request;
  return plannedMeasures(config, presets, scopeOf(context, sets));
}

/**
 * Identity of a unit: which weights, tokenizer, prompts, configuration and code made its rows. Nothing of names or
 * times is in it but what the rows state.
 */
export function unitId(
  context: RunContext,
  ref: CheckpointRef,
  { weightsHash, sets }: UnitInputs,
  { configuration, version }: PlannedMeasure,
): string {
  const { measure } = configuration;
  return identityOf({
    suite: context.request.suite.manifest.name,
    seed: ref.seed,
    step: ref.step,
    measure,
    version,
    configuration: configuration.configuration_id,
    weights: weightsHash,
    tokenizer: context.tokenizer.hash,
    prompts: sets.hash,
    reference: measure === 'faithfulness' ? context.referenceHash : null,
  });
}

/**
 * The units of a checkpoint as far as they are known before it runs.
 * @returns null where only the run tells (prompts `correct` at this checkpoint, or weights that cannot be read)
 */
export async function plannedUnits(
  context: RunContext,
  ref: CheckpointRef,
): Promise<{ readonly id: string; readonly planned: PlannedMeasure }[] | null> {
  const { sets, request } = context;
  if (sets === null) return null;
  let weightsHash: string;
  try {
    weightsHash = await ref.source.weightsHash(request.signal);
  } catch {
    return null; // the run will say what is wrong with it
  }
  return measuresOn(context, sets).map((planned) => ({
    id: unitId(context, ref, { weightsHash, sets }, planned),
    planned,
  }));
}

/** How a unit came about. */
export interface UnitOutcome {
  readonly startedAt: Date;
  readonly seconds: number;
  readonly bytes: number;
  /** Message of the failure; null when it is done. */
  readonly error: string | null;
}

/** Row of the `units` table. */
export function unitRow(
  context: RunContext,
  ref: CheckpointRef,
  inputs: UnitInputs,
  planned: PlannedMeasure,
  outcome: UnitOutcome,
): RowOf<'units'> {
  const { configuration, version } = planned;
  return {
    unit_id: unitId(context, ref, inputs, planned),
    suite: context.request.suite.manifest.name,
    seed: ref.seed,
    step: ref.step,
    measure: configuration.measure,
    configuration_id: configuration.configuration_id,
    measure_version: version,
    weights_hash: inputs.weightsHash,
    tokenizer_hash: context.tokenizer.hash,
    prompts_hash: inputs.sets.hash,
    engine: context.engine.name,
    engine_version: context.engine.version,
    program_version: programVersion(),
    state: outcome.error === null ? 'done' : 'failed',
    started_at: outcome.startedAt,
    seconds: outcome.seconds,
    bytes_read: outcome.bytes,
    peak_memory_bytes: process.memoryUsage.rss(),
    error: outcome.error,
  };
}
