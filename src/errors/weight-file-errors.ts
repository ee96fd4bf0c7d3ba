import { HeuristraceError } from './errors.js';

const FETCH_AGAIN = 'Fetch the file again; a partial copy is the usual cause.';

/** A file of weights, or the index of several, is not what its format says. */
export class WeightFileError extends HeuristraceError {
  constructor(
    readonly path: string,
    readonly problem: string,
    next = FETCH_AGAIN,
  ) {
    super('safetensors', `${path}: ${problem}`, next);
  }
}

/** A PyTorch file breaks the format, or is of a kind that is not read. */
export class TorchFileError extends WeightFileError {}

/** An index and the files it speaks of disagree. */
export class ShardIndexError extends WeightFileError {
  constructor(path: string, problem: string) {
    super(path, problem, 'Fetch all weight files and the index of one revision again.');
  }
}

/** A pickle asks for something that no state dict needs, or is malformed. Nothing of it was run. */
export class PickleError extends WeightFileError {
  constructor(
    path: string,
    /** The opcode or global at fault, e.g. `GLOBAL` or `os.system`. */
    readonly what: string,
    /** Byte of the pickle at which it stands. */
    readonly offset: number,
    problem: string,
  ) {
    super(
      path,
      `data.pkl, byte ${offset}, ${what}: ${problem}`,
      'Nothing was run. Use a copy of the model in safetensors; do not load this file elsewhere unless you trust it.',
    );
  }
}
