import type { Watched } from '../../store/spool/watched.js';
import { interruptible } from '../terminal/interrupt.js';
import { Countdown, type Terminal } from '../terminal/terminal.js';

/**
 * Runs a merge, and what follows it, so that Ctrl-C and SIGTERM can stop it, with progress on the terminal.
 * @throws InterruptedError, and what the work throws
 */
export async function watchMerge<T>(terminal: Terminal, work: (watched: Watched) => Promise<T>): Promise<T> {
  let phase = '';
  let countdown = new Countdown();
  return interruptible(terminal, (signal) =>
    work({
      signal,
      onProgress: (at) => {
        if (at.phase !== phase) countdown = new Countdown(); // one is no measure of the other
        phase = at.phase;
        terminal.progress(`${phase} batches: ${at.done} of ${at.of}, ${countdown.left(at.done / at.of)}`);
      },
    }),
  ).finally(() => {
    terminal.endProgress();
  });
}
