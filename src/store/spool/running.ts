import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { removeFiles } from '../remove-files.js';
import { RUNNING } from './layout.js';
import { isNamedRunning, processName } from './process-names.js';

const StateSchema = z.object({
  suite: z.string(),
  /** Share of the checkpoints, `0/4`; null when it takes all. */
  shard: z.string().nullable(),
  startedAt: z.string(),
  /** Checkpoints finished, failed among these, and to do in all. */
  finished: z.int(),
  failed: z.int(),
  todo: z.int(),
});

/** How far a sweep has come. */
export type SweepState = z.infer<typeof StateSchema>;

export interface FoundSweep extends SweepState {
  /** false: it was killed; null: it is on another machine, and cannot be asked. */
  readonly running: boolean | null;
}

/** Says in a spool how far this process's sweep has come, for `heuristrace status`; a sweep does not fail by it. */
export function announceSweep(spool: string, state: SweepState): void {
  const path = join(spool, RUNNING + processName());
  try {
    mkdirSync(spool, { recursive: true });
    writeFileSync(`${path}.part`, JSON.stringify(state));
    renameSync(`${path}.part`, path);
  } catch {
    // a disk that is full, or a folder that cannot be written, is told with the next result
  }
}

/** Says that this process's sweep is over. */
export function endAnnouncement(spool: string): void {
  removeFiles(join(spool, RUNNING + processName()));
}

/** The sweeps that say in a spool how far they have come. */
export function announcedSweeps(spool: string): FoundSweep[] {
  let names: string[];
  try {
    names = readdirSync(spool).filter((name) => name.startsWith(RUNNING) && !name.endsWith('.part'));
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    try {
      const state = StateSchema.parse(JSON.parse(readFileSync(join(spool, name), 'utf8')));
      return [{ ...state, running: isNamedRunning(name.slice(RUNNING.length)) }];
    } catch {
      return []; // it ended at this moment
    }
  });
}
