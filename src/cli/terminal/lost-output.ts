import { HeuristraceError, UnwritableError } from '../../errors/errors.js';
import { errnoOf, writeFailure } from '../../files/write.js';

/**
 * What a failed write to standard output is.
 * @returns null for a reader that closed the pipe early (`| head`), which is no failure
 */
export function outputFailure(error: unknown): HeuristraceError | null {
  const code = errnoOf(error);
  if (code === 'EPIPE') return null;
  const place = 'standard output';
  try {
    return writeFailure(place, error);
  } catch (known) {
    return known instanceof HeuristraceError ? known : new UnwritableError(place, code ?? String(error));
  }
}

/**
 * Keeps a lost stream from ending the process by a stack trace: work goes on without the notes and the progress that
 * standard error does not take, and ends where standard output does not take the answer.
 * @param tell says what was wrong. @returns the exit code
 */
export function outliveLostOutput(tell: (error: HeuristraceError) => number): void {
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error) => {
    const failure = outputFailure(error);
    process.exit(failure === null ? 0 : tell(failure));
  });
}
