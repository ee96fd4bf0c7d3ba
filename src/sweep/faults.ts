import { HeuristraceError, type FailureKind } from '../errors/errors.js';
import type { CheckpointSource } from './sources/sources.js';

type Course = 'lasting' | 'passing' | 'lasting in folders';

/**
 * Failures that are of one checkpoint, so that the others can still be analysed, and whether they last: what is wrong with
 * files is wrong until they change, what is wrong with a network or cache may be over with the next sweep. All other
 * failures (a full disk, a Hub that is not there, an engine) end a sweep, and nothing is recorded of them.
 */
const CHECKPOINT_FAULTS: Readonly<Partial<Record<FailureKind, Course>>> = {
  missingCheckpoint: 'lasting',
  checksum: 'lasting in folders', // a cache of the Hub is repaired while the commit stays
  safetensors: 'lasting',
  architecture: 'lasting',
  weightNames: 'lasting',
  offline: 'passing',
  hubFile: 'passing',
  downloadChecksum: 'passing',
};

export function isFaultOfCheckpoint(error: unknown): error is HeuristraceError {
  return error instanceof HeuristraceError && CHECKPOINT_FAULTS[error.kind] !== undefined;
}

/**
 * Whether trying again is of no use as long as the files are the same.
 * @param kind as `units.error_kind` states it
 * @param source where the checkpoint comes from
 */
export function isLasting(kind: string, { commit }: Pick<CheckpointSource, 'commit'>): boolean {
  const course = Object.entries(CHECKPOINT_FAULTS).find(([known]) => known === kind)?.[1];
  return course === 'lasting' || (course === 'lasting in folders' && commit === null);
}
