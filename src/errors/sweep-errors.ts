import { HeuristraceError } from './errors.js';

/** A model that is too large for an engine or a machine. */
export class DoesNotFitError extends HeuristraceError {
  constructor(
    readonly what: string,
    readonly neededBytes: number,
    readonly availableBytes: number,
    readonly where: string,
    next = 'Take a smaller model, fewer --operators, a smaller --max-operand or --batch, or a larger machine.',
  ) {
    const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
    super(
      'doesNotFit',
      `${what} needs about ${gigabytes(neededBytes)}, ${where} has ${gigabytes(availableBytes)}`,
      next,
    );
  }
}

/** A checkpoint cannot be compared with the reference checkpoint of its run, since that failed; all else of it is stored. */
export class ReferenceFailedError extends HeuristraceError {
  constructor(
    /** Step of the reference checkpoint. */
    readonly step: number,
    /** What was wrong with it. */
    problem: string,
  ) {
    super(
      'referenceFailed',
      `not compared with the reference checkpoint, step ${step}, which failed: ${problem}`,
      'Make the reference checkpoint readable: it is tried again when its files have changed, or with --retry-failed.',
    );
  }
}

interface FailedCheckpoint {
  readonly where: string;
  readonly error: HeuristraceError;
}

/**
 * Some checkpoints of a sweep failed; the others are stored. Failures of one kind keep the exit code of that kind; those
 * that follow from the failure of a reference checkpoint do not count beside others.
 */
export class UnitsFailedError extends HeuristraceError {
  constructor(readonly failures: readonly FailedCheckpoint[]) {
    const isOwn = ({ error }: FailedCheckpoint): boolean => !(error instanceof ReferenceFailedError);
    const own = failures.filter(isOwn);
    const shown = own.length > 0 ? own : failures.slice(0, 1);
    const kinds = new Set(shown.map(({ error }) => error.kind));
    const [only] = kinds;
    const rest = failures.length - shown.length;
    const list = shown.map(({ where, error }) => `    ${where}: ${error.message}`).join('\n');
    super(
      kinds.size === 1 && only !== undefined ? only : 'unitsFailed',
      `${shown.length} checkpoint(s) failed:\n${list}${rest > 0 ? `\n    ${rest} more not compared with a reference checkpoint, which failed; all else of them is stored` : ''}`,
      `The other steps are stored. ${shown[0]?.error.next ?? ''} Then run the same command again; checkpoints whose files have not changed are tried again with --retry-failed only.`,
    );
  }
}

/** An audit found checkpoints whose weights must not be trusted. */
export class AuditFindingsError extends HeuristraceError {
  constructor(
    suite: string,
    /** How many checkpoints. */
    readonly checkpoints: number,
  ) {
    super(
      'auditFindings',
      `${checkpoints} checkpoint(s) of ${suite} are bad`,
      'Leave these steps out of a sweep (`--steps`), and report what is not known yet to those who published them.',
    );
  }
}

/** A sweep stopped since the next checkpoint would not be finished in its time. */
export class TimeLimitError extends HeuristraceError {
  constructor(readonly left: number) {
    super(
      'timeLimit',
      `the time is up, ${left} checkpoint(s) are left`,
      'Run the same command again to go on where it stopped.',
    );
  }
}
