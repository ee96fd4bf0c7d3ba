import { isatty } from 'node:tty';
import { createColors } from 'picocolors';

/** Where a command writes, so that tests run silent. */
export interface Terminal {
  /** The answer: what a pipe receives. */
  out(text: string): void;
  /** Everything else: progress, notices, errors. */
  note(text: string): void;
  /** Replaces the live line; on anything but a terminal, prints now and then. */
  progress(text: string): void;
  /** Ends the live line. */
  endProgress(): void;
  readonly colors: ReturnType<typeof createColors>;
}

/** Without a terminal, a progress line is written at most this often. */
const LOG_EVERY_MS = 10_000;

/** A terminal over the process's streams; colours follow NO_COLOR and whether stderr is a terminal. */
export function processTerminal(options: { quiet: boolean }): Terminal {
  // Not `process.stderr.isTTY`, which is undefined in a pipe: picocolors would then guess, and guess colours in CI.
  const live = isatty(process.stderr.fd) && process.env['TERM'] !== 'dumb';
  const wanted = process.env['NO_COLOR'] === undefined || process.env['NO_COLOR'] === '';
  let open = false;
  let lastLog = -Infinity;
  const endProgress = (): void => {
    if (open) process.stderr.write('\n');
    open = false;
  };
  return {
    out: (text) => {
      endProgress();
      process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    },
    note: (text) => {
      endProgress();
      if (!options.quiet) process.stderr.write(`${text}\n`);
    },
    progress: (text) => {
      if (options.quiet) return;
      if (live) {
        const width = process.stderr.columns - 1;
        process.stderr.write(`\r\u001b[2K${text.slice(0, Math.max(20, width))}`);
        open = true;
      } else if (performance.now() - lastLog > LOG_EVERY_MS) {
        lastLog = performance.now();
        process.stderr.write(`${text}\n`);
      }
    },
    endProgress,
    colors: createColors(live && wanted),
  };
}

/** Seconds as people say them: `42 s`, `3 min 05 s`, `2 h 10 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (seconds < 600)
    return `${Math.floor(seconds / 60)} min ${String(Math.round(seconds) % 60).padStart(2, '0')} s`;
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Estimates the time left from work done so far. */
export class Countdown {
  private readonly started = performance.now();

  /** @param done share of the work done since the countdown began, in (0, 1] */
  left(done: number): string {
    if (done <= 0) return 'estimating';
    const elapsed = (performance.now() - this.started) / 1000;
    return `${formatDuration((elapsed * (1 - done)) / done)} left`;
  }
}
