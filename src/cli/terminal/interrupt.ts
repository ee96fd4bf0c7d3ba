import { setMaxListeners } from 'node:events';
import type { Terminal } from './terminal.js';

let outer: AbortSignal | undefined;

/**
 * Runs work that Ctrl-C or SIGTERM can stop: the first asks it to stop in order, the second ends the process at once
 * with exit code 130.
 */
export async function interruptible<T>(
  terminal: Terminal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  // Inside such work the outer signal stops both.
  if (outer !== undefined) return work(outer);
  const controller = new AbortController();
  // Every task that waits listens to it; more than ten are no leak.
  setMaxListeners(0, controller.signal);
  const stop = (): void => {
    if (controller.signal.aborted) {
      terminal.endProgress();
      process.exit(130);
    }
    terminal.note('stopping: what is finished is kept (once more to stop at once)');
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  outer = controller.signal;
  try {
    return await work(controller.signal);
  } finally {
    outer = undefined;
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}
