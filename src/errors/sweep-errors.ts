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

/** Some checkpoints of a sweep failed; the others are stored. Failures of one kind keep the exit code of that kind. */
export class UnitsFailedError extends HeuristraceError {
  constructor(readonly failures: readonly { readonly where: string; readonly error: HeuristraceError }[]) {
    const kinds = new Set(failures.map(({ error }) => error.kind));
    const [only] = kinds;
    super(
      kinds.size === 1 && only !== undefined ? only : 'unitsFailed',
      `${failures.length} checkpoint(s) failed:\n${failures.map(({ where, error }) => `    ${where}: ${error.message}`).join('\n')}`,
      `The other steps are stored. ${failures[0]?.error.next ?? ''} Then run the same command again; checkpoints whose files have not changed are tried again with --retry-failed only.`,
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
