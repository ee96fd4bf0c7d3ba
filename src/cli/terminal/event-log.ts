import { appendFileSync } from 'node:fs';
import { writeFailure } from '../../files/write.js';

/** Adds one line to the log: what happened, with facts. */
export type EventLog = (event: string, facts: object) => void;

/**
 * A log of events for programs to follow: one JSON object a line with `event`, `time` (UTC), the event's facts, and
 * `memoryBytes` (resident now). Lines are added to a file that exists.
 * @throws UnwritableError, DiskFullError when a line cannot be written
 */
export function eventLog(file: string): EventLog {
  return (event, facts) => {
    const time = new Date().toISOString();
    const memoryBytes = process.memoryUsage.rss();
    try {
      appendFileSync(file, `${JSON.stringify({ event, time, ...facts, memoryBytes })}\n`);
    } catch (error) {
      writeFailure(file, error);
    }
  };
}
