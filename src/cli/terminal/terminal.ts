import { isatty } from 'node:tty';
import { createColors } from 'picocolors';
import { LiveLines, type Sink } from './live-lines.js';

/** Where a command writes, so that tests run silent. */
export interface Terminal {
  /** The answer: what a pipe receives. */
  out(text: string): void;
  /** Everything else: progress, notices, errors. */
  note(text: string): void;
  /**
   * Replaces the live lines; on anything but a terminal, prints now and then.
   * @param line how far everything is, with the time left; null where there is nothing to tell in a log yet
   * @param above on a terminal with room for them: how far its parts are
   */
  progress(line: string | null, above?: readonly string[]): void;
  /** Takes the live lines away. */
  endProgress(): void;
  readonly colors: ReturnType<typeof createColors>;
}

export interface TerminalOptions {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly quiet: boolean;
  /** Whether stderr is a window in which lines can be replaced. */
  readonly live: boolean;
  readonly colors: boolean;
  /** Milliseconds, of a clock that never goes back; for tests. */
  readonly now?: () => number;
}

/** Without a window, a progress line is written at most this often, and the more rarely the longer it all takes. */
const LOG_EVERY_MS = 10_000;
const LOG_SHARE = 1 / 30;
const LOG_AT_LEAST_EVERY_MS = 600_000;

/** A terminal over two streams. */
export function openTerminal(options: TerminalOptions): Terminal {
  const { stdout, stderr, quiet, live, now = () => performance.now() } = options;
  const lines = new LiveLines({ sink: stderr, now });
  const began = now();
  let lastLog = -Infinity;
  return {
    out: (text) => {
      lines.clear();
      stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    },
    note: (text) => {
      if (!quiet) lines.print(text);
    },
    progress: (line, above = []) => {
      if (quiet) return;
      const gap = Math.min(LOG_AT_LEAST_EVERY_MS, Math.max(LOG_EVERY_MS, (now() - began) * LOG_SHARE));
      if (live) lines.show([...above, ...(line === null ? [] : [line])]);
      else if (line !== null && now() - lastLog > gap) {
        lastLog = now();
        stderr.write(`${line}\n`);
      }
    },
    endProgress: () => {
      lines.clear();
    },
    colors: createColors(options.colors),
  };
}

/** A terminal over the process's streams; colours follow NO_COLOR and whether stderr is a terminal. */
export function processTerminal({ quiet }: { readonly quiet: boolean }): Terminal {
  // Not `process.stderr.isTTY`, which is undefined in a pipe: picocolors would then guess, and guess colours in CI.
  const live = isatty(process.stderr.fd) && process.env['TERM'] !== 'dumb';
  const wanted = process.env['NO_COLOR'] === undefined || process.env['NO_COLOR'] === '';
  return openTerminal({
    ...{ stdout: process.stdout, stderr: process.stderr },
    ...{ quiet, live, colors: live && wanted },
  });
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
  private readonly started: number;

  /** @param now milliseconds, of a clock that never goes back; for tests */
  constructor(private readonly now: () => number = () => performance.now()) {
    this.started = now();
  }

  /** @param done share of the work done since the countdown began, in [0, 1] */
  left(done: number): string {
    if (done <= 0) return 'estimating';
    const elapsed = (this.now() - this.started) / 1000;
    return `${formatDuration((elapsed * (1 - done)) / done)} left`;
  }
}
