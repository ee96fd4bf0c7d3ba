/**
 * Exit codes, one per kind of failure that a caller can act on. `docs/cli.md` lists them from here.
 * 0 is success and 130 an interruption (128 + SIGINT, as shells do).
 */
export const EXIT_CODES = {
  internal: { code: 1, meaning: 'a fault of heuristrace itself; please report it' },
  usage: { code: 2, meaning: 'unknown option or argument, or a value of the wrong form' },
  config: { code: 3, meaning: 'the configuration file is not valid' },
  unknownName: { code: 4, meaning: 'unknown suite, step, operator, query, parameter or preset' },
  manifest: { code: 10, meaning: 'the manifest of a suite is not valid' },
  missingCheckpoint: { code: 11, meaning: 'a file or folder of a checkpoint is missing' },
  checksum: { code: 12, meaning: 'a checkpoint file differs from the checksum in its manifest' },
  safetensors: { code: 13, meaning: 'a weight file is truncated, overlapping or otherwise malformed' },
  architecture: { code: 14, meaning: 'the config names an architecture or option that is not supported' },
  weightNames: { code: 15, meaning: 'tensors are missing, unexpected or of the wrong shape' },
  tokenizer: { code: 16, meaning: 'the tokenizer does not give one token for each number and operator' },
  resume: { code: 17, meaning: 'an unfinished training cannot be continued with this recipe' },
  notADatabase: { code: 20, meaning: 'the file is no DuckDB database or not one of heuristrace' },
  databaseVersion: { code: 21, meaning: 'the database was written by another version of the schema' },
  databaseLocked: { code: 22, meaning: 'another process holds the database open' },
  query: { code: 23, meaning: 'the SQL could not be run' },
  unitConflict: { code: 24, meaning: 'a unit of work is already stored with other rows' },
  spoolDamaged: { code: 25, meaning: 'files of a spool are not what their manifest says' },
  losesResults: { code: 26, meaning: 'a database made again would lack results that the old one has' },
  unwritable: { code: 30, meaning: 'a file or folder cannot be written' },
  diskFull: { code: 31, meaning: 'no space is left on the device' },
  browserMissing: { code: 32, meaning: 'there is no browser to print a PDF with' },
  print: { code: 33, meaning: 'the browser printed no PDF' },
  unreadable: { code: 34, meaning: 'a file or folder is there but cannot be read' },
  engine: { code: 40, meaning: 'the compute engine cannot be started' },
  doesNotFit: { code: 41, meaning: 'the model is too large for the engine or the memory' },
  engineTool: { code: 42, meaning: 'a program that installing an engine needs is missing' },
  enginePlatform: { code: 43, meaning: 'there is no such engine for this machine or this Node' },
  engineInstall: { code: 44, meaning: 'an engine could not be installed' },
  engineDamaged: { code: 45, meaning: 'an installed engine differs from what was installed' },
  engineBusy: { code: 46, meaning: 'another process is installing this engine' },
  unitsFailed: { code: 50, meaning: 'the sweep finished but some checkpoints failed' },
  auditFindings: { code: 51, meaning: 'the audit found checkpoints that must not be trusted' },
  suiteDiffers: { code: 52, meaning: 'a repository has not the checkpoints that the suite lists' },
  timeLimit: { code: 53, meaning: 'the time of --max-time is up; finished work is kept' },
  referenceFailed: {
    code: 54,
    meaning: 'checkpoints could not be compared with the reference checkpoint, which failed before',
  },
  repoNotFound: { code: 60, meaning: 'the Hub has no such repository, or it is private' },
  revisionNotFound: { code: 61, meaning: 'the repository has no such branch, tag or commit' },
  hubFile: { code: 62, meaning: 'the revision has no such file' },
  hubAccess: {
    code: 63,
    meaning: 'the Hub refuses access: a gated repository, or a token it does not accept',
  },
  offline: { code: 64, meaning: 'offline, and the cache does not hold what is needed' },
  rateLimited: { code: 65, meaning: 'the Hub asks for a longer pause than heuristrace waits' },
  hubNetwork: { code: 66, meaning: 'the Hub cannot be reached, or does not answer as a Hub does' },
  downloadChecksum: { code: 67, meaning: 'a downloaded file has a wrong checksum, twice' },
  cacheLocked: { code: 68, meaning: 'another process has been fetching the same file for too long' },
  diskBudget: { code: 69, meaning: 'what must be fetched does not fit the disk budget or the disk' },
  interrupted: { code: 130, meaning: 'interrupted (Ctrl-C or SIGTERM); finished work is kept' },
} as const;

export type FailureKind = keyof typeof EXIT_CODES;

/** What every expected failure carries: what was wrong and where (message), and what to do next. */
export class HeuristraceError extends Error {
  readonly kind: FailureKind;
  /** One sentence: what the user can do about it. */
  readonly next: string;

  constructor(kind: FailureKind, message: string, next: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.next = next;
    this.name = new.target.name;
  }

  get exitCode(): number {
    return EXIT_CODES[this.kind].code;
  }
}

/** A value on the command line that cannot be used. */
export class UsageError extends HeuristraceError {
  constructor(message: string, next: string) {
    super('usage', message, next);
  }
}

/** The configuration file does not parse or validate. */
export class ConfigError extends HeuristraceError {
  constructor(
    readonly file: string,
    readonly problems: readonly string[],
  ) {
    super(
      'config',
      `${file} is not a valid configuration: ${problems.join('; ')}`,
      'Correct the fields named; docs/config.schema.json describes each.',
    );
  }
}

/** A name that is not among the known ones, with the nearest known one. */
export class UnknownNameError extends HeuristraceError {
  constructor(
    readonly what: string,
    readonly given: string,
    readonly known: readonly string[],
    readonly nearest: string | undefined,
  ) {
    const list =
      known.length > 12 ? `${known.slice(0, 12).join(', ')}, ... (${known.length} in all)` : known.join(', ');
    super(
      'unknownName',
      `unknown ${what} '${given}'`,
      `${nearest === undefined ? '' : `Did you mean '${nearest}'? `}Known: ${list}.`,
    );
  }
}

/** A path that cannot be created or written. */
export class UnwritableError extends HeuristraceError {
  constructor(
    readonly path: string,
    problem: string,
    next = 'Choose another place or correct its permissions.',
  ) {
    super('unwritable', `cannot write ${path}: ${problem}`, next);
  }
}

/** A path that is there, but that the system does not let us read. */
export class UnreadableError extends HeuristraceError {
  constructor(
    readonly path: string,
    problem: string,
  ) {
    super(
      'unreadable',
      `cannot read ${path}: ${problem}`,
      'Correct its permissions, or look after the disk or network it is on; then run the same command again.',
    );
  }
}

/** ENOSPC, or DuckDB's word for it. */
export class DiskFullError extends HeuristraceError {
  constructor(readonly path: string) {
    super(
      'diskFull',
      `no space left on the device while writing ${path}`,
      'Free some space and run the same command again: finished steps are kept.',
    );
  }
}

/** The engine asked for cannot be started. */
export class EngineError extends HeuristraceError {
  constructor(engine: string, problem: string, next = 'Choose another with --engine wasm or --engine cpu.') {
    super('engine', `engine '${engine}': ${problem}`, next);
  }
}

/** The user or a scheduler asked to stop. */
export class InterruptedError extends HeuristraceError {
  constructor(next = 'Run the same command again to go on where it stopped.') {
    super('interrupted', 'interrupted', next);
  }
}
