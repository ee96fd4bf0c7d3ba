import { HeuristraceError, type FailureKind } from '../errors/errors.js';

/**
 * Failures that are of one checkpoint, so that the others can still be analysed, and whether they last: what is wrong with
 * files is wrong until they change, what is wrong with a network or cache may be over with the next sweep. All other
 * failures (a full disk, a Hub that is not there, an engine) end a sweep, and nothing is recorded of them.
 */
const CHECKPOINT_FAULTS: Readonly<Partial<Record<FailureKind, 'lasting' | 'passing'>>> = {
  missingCheckpoint: 'lasting',
  checksum: 'lasting',
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

/** Whether trying again is of no use as long as the files are the same. @param kind as `units.error_kind` states it */
export function isLasting(kind: string): boolean {
  return Object.entries(CHECKPOINT_FAULTS).some(([known, course]) => known === kind && course === 'lasting');
}
