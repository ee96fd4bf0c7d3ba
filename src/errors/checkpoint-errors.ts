import { HeuristraceError } from './errors.js';

/** A suite's manifest does not parse or validate. */
export class ManifestError extends HeuristraceError {
  constructor(
    readonly file: string,
    readonly problems: readonly string[],
  ) {
    super(
      'manifest',
      `${file}: ${problems.join('; ')}`,
      'Correct the manifest, or write it again with `heuristrace train`.',
    );
  }
}

/** A checkpoint's file or folder is not where the manifest says. */
export class MissingCheckpointError extends HeuristraceError {
  constructor(
    readonly path: string,
    readonly namedBy: string,
  ) {
    super(
      'missingCheckpoint',
      `${path} does not exist, but ${namedBy} names it`,
      'Restore the folder, or remove the step from the manifest.',
    );
  }
}

/** A checkpoint's file has not the bytes that its manifest promises. */
export class ChecksumError extends HeuristraceError {
  constructor(
    readonly path: string,
    readonly expected: string,
    readonly actual: string,
  ) {
    super(
      'checksum',
      `${path} has sha256 ${actual.slice(0, 12)}..., its manifest says ${expected.slice(0, 12)}...`,
      'Restore the file (delete it from a cache of the Hub: it is then fetched again); if the change is meant, make a suite of your own with `heuristrace train`.',
    );
  }
}

/** A safetensors file breaks the format. @see https://github.com/huggingface/safetensors (format section) */
export class SafetensorsError extends HeuristraceError {
  constructor(
    readonly path: string,
    readonly problem: string,
  ) {
    super('safetensors', `${path}: ${problem}`, 'Fetch the file again; a partial copy is the usual cause.');
  }
}

/** A config.json of a model that heuristrace cannot run. */
export class ArchitectureError extends HeuristraceError {
  constructor(
    readonly path: string,
    readonly problem: string,
  ) {
    super(
      'architecture',
      `${path}: ${problem}`,
      'Supported: GPT-NeoX with parallel residual and exact GELU, and Llama with SiLU.',
    );
  }
}

/** The tensors of a checkpoint are not those of its architecture. */
export class WeightNamesError extends HeuristraceError {
  constructor(
    readonly path: string,
    readonly problems: {
      readonly missing: readonly string[];
      readonly unexpected: readonly string[];
      readonly misshapen: readonly string[];
    },
  ) {
    const part = (label: string, names: readonly string[]): string =>
      names.length === 0
        ? ''
        : ` ${label}: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''};`;
    super(
      'weightNames',
      `${path} does not fit its config:${part('missing', problems.missing)}${part('unexpected', problems.unexpected)}${part('wrong shape', problems.misshapen)}`,
      'Check that config.json and the weights are of the same model.',
    );
  }
}

/** A tokenizer under which prompts are not one token per number. */
export class TokenizerError extends HeuristraceError {
  constructor(path: string, problem: string) {
    super(
      'tokenizer',
      `${path}: ${problem}`,
      'The method needs numbers, operators and `=` to be single tokens; use another suite.',
    );
  }
}

/** The state of an unfinished training belongs to another recipe or seed. */
export class ResumeError extends HeuristraceError {
  constructor(path: string, problem: string) {
    super(
      'resume',
      `${path}: ${problem}`,
      'Give another --out, or delete the unfinished training to begin anew.',
    );
  }
}
