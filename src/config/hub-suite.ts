import { DTYPE_BYTES, parameterCount, type ModelShape } from './model-size.js';
import { numberOfRevision, parsePattern, revisionName, type RevisionPattern } from './revision-pattern.js';
import { inSteps, listSteps } from './step-selection.js';
import type { HubManifest, ManifestFault } from './suite-manifest.js';

/** Branch that every repo has and that names no step. */
const MAIN = 'main';

/** A revision of a repo that holds the checkpoint of a step. */
export interface StepRevision {
  readonly step: number;
  readonly revision: string;
}

/** A manifest held against the revisions that a repo has. */
export interface MatchedRefs {
  /** Revisions that fit the pattern, by step. */
  readonly present: readonly StepRevision[];
  /** Steps that the manifest lists and no revision has, ascending; empty where it lists none. */
  readonly missing: readonly number[];
  /** Revisions but `main` that fit no pattern, repeat a step, or have a step that the manifest does not list. */
  readonly unexpected: readonly string[];
}

/**
 * Name of the revision of a step, whether or not the repo has it.
 * @returns null where no name is decided: a pattern with `*`, or a step between two checkpoints
 */
export function revisionOf(manifest: HubManifest, step: number): string | null {
  const { checkpoints } = manifest.hub;
  if (checkpoints === undefined) return revisionName(patternOf(manifest), step);
  const index = (step - checkpoints.first) / checkpoints.stride;
  return Number.isInteger(index) && index >= 0 ? revisionName(patternOf(manifest), index) : null;
}

/** Step of a revision, in optimiser updates; null for a name that does not fit the suite's pattern. */
export function stepOfRevision(manifest: HubManifest, revision: string): number | null {
  const number = numberOfRevision(patternOf(manifest), revision);
  const { checkpoints } = manifest.hub;
  return number === null || checkpoints === undefined
    ? number
    : checkpoints.first + number * checkpoints.stride;
}

/** Steps that there should be, ascending; null where the repo's revisions alone say. */
export function expectedSteps({ hub }: HubManifest): number[] | null {
  return hub.steps === null ? null : listSteps(hub.steps);
}

/**
 * Holds a manifest against the revisions of one of its repos.
 * @param refs names of branches and tags, in any order
 */
export function matchRefs(manifest: HubManifest, refs: readonly string[]): MatchedRefs {
  const listed = expectedSteps(manifest);
  const steps = new Set(listed);
  const present = new Map<number, string>();
  const unexpected: string[] = [];
  for (const revision of [...new Set(refs)].sort()) {
    if (revision === MAIN) continue;
    const step = stepOfRevision(manifest, revision);
    if (step === null || present.has(step)) unexpected.push(revision);
    else {
      present.set(step, revision);
      if (listed !== null && !steps.has(step)) unexpected.push(revision);
    }
  }
  return {
    present: [...present].map(([step, revision]) => ({ step, revision })).sort((a, b) => a.step - b.step),
    missing: (listed ?? []).filter((step) => !present.has(step)),
    unexpected,
  };
}

/** Known faults of one checkpoint, expected ones included. */
export function faultsAt(manifest: HubManifest, seed: number, step: number): ManifestFault[] {
  return manifest.faults.filter(
    ({ seeds, steps }) => (seeds?.includes(seed) ?? true) && steps !== null && inSteps(steps, step),
  );
}

/** Shape of the model, with its architecture. */
export function shapeOf({ architecture, model }: HubManifest): ModelShape {
  const { nKvHeads, tied, ...rest } = model;
  return {
    architecture,
    ...rest,
    ...(nKvHeads === undefined ? {} : { nKvHeads }),
    ...(tied === undefined ? {} : { tied }),
  };
}

/** Size of a checkpoint's weights on disk. */
export interface CheckpointBytes {
  readonly bytes: number;
  /** `listed` by the Hub, `computed` from parameters and dtype, or `at_most`: four bytes a parameter. */
  readonly from: 'listed' | 'computed' | 'at_most';
}

/** Bytes to fetch for one checkpoint, and where the figure is from. */
export function checkpointBytes(manifest: HubManifest): CheckpointBytes {
  const { bytes, dtype } = manifest.hub.weights;
  if (bytes !== null) return { bytes, from: 'listed' };
  const parameters = parameterCount(shapeOf(manifest));
  return dtype === null
    ? { bytes: parameters * DTYPE_BYTES.F32, from: 'at_most' }
    : { bytes: parameters * DTYPE_BYTES[dtype], from: 'computed' };
}

function patternOf({ hub }: HubManifest): RevisionPattern {
  const pattern = parsePattern(hub.revision);
  if (pattern === null) throw new Error(`the schema let '${hub.revision}' pass`);
  return pattern;
}
