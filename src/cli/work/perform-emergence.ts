import type { Refreshed, RefreshParams } from '../../emergence/refresh.js';
import { DatabaseLockedError } from '../../errors/database-errors.js';
import { DiskFullError, UnwritableError } from '../../errors/errors.js';
import { interruptible } from '../terminal/interrupt.js';
import { Countdown, type Terminal } from '../terminal/terminal.js';

/** Judges how heuristics emerge, with progress on the terminal. @throws what `refreshEmergence` throws */
export async function performEmergence(
  terminal: Terminal,
  params: Pick<RefreshParams, 'db' | 'suite' | 'settings'>,
): Promise<Refreshed[]> {
  const { refreshEmergence } = await import('../../emergence/refresh.js');
  const { programVersion } = await import('../../files/package.js');
  const countdown = new Countdown();
  const refreshed = await interruptible(terminal, (signal) =>
    refreshEmergence({
      ...params,
      programVersion: programVersion(),
      signal,
      onProgress: ({ suite, done, of }) =>
        terminal.progress(
          `judging how ${suite} emerges: ${done} of ${of} trajectories, ${countdown.left(done / of)}`,
        ),
    }),
  );
  terminal.endProgress();
  return refreshed;
}

/**
 * Brings stored verdicts up to the results, after these have changed or before they are shown. A database that cannot be
 * written keeps its old verdicts, which say so themselves.
 * @throws InterruptedError, and what reading the database throws
 */
export async function refreshVerdicts(terminal: Terminal, db: string, suite?: string): Promise<void> {
  try {
    for (const { suite: name, trajectories, computed, seconds } of await performEmergence(terminal, {
      db,
      suite,
    }))
      if (computed)
        terminal.note(`emergence of ${name}: ${trajectories} trajectories judged (${seconds.toFixed(1)} s)`);
  } catch (error) {
    terminal.endProgress();
    const unwritten = [DatabaseLockedError, UnwritableError, DiskFullError].some(
      (kind) => error instanceof kind,
    );
    if (!(error instanceof Error) || !unwritten) throw error;
    terminal.note(`verdicts on emergence were not renewed: ${error.message}`);
  }
}
