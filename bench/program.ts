import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import { packagePath } from '../src/files/package.js';
import { runProcess } from './run-process.js';

const MAIN = packagePath('dist/cli/main.js');
const PROBE = fileURLToPath(new URL('memory-probe.js', import.meta.url));

const Outcome = z.object({ measures: z.record(z.string(), z.number()), seconds: z.number() });
const Memory = z.object({ peak: z.number(), samples: z.array(z.number()) });

/** One sweep by the built program, as a user runs it. */
export interface ProgramRun {
  /** Seconds of each measure by the program's own stopwatch. */
  readonly measures: Readonly<Record<string, number>>;
  /** Seconds of the sweep, without the start of Node. */
  readonly seconds: number;
  /** Largest resident set, bytes. */
  readonly peak: number;
  /** Resident bytes, every 20 ms at most. */
  readonly samples: readonly number[];
}

/**
 * Sweeps a suite into a database that is thrown away.
 * @param options of `heuristrace sweep`, without suite and database
 * @throws Error with what the program said when it fails, or is not built
 */
export async function sweep(suite: string, options: readonly string[]): Promise<ProgramRun> {
  const folder = await mkdtemp(join(tmpdir(), 'heuristrace-bench-'));
  const memory = join(folder, 'memory.json');
  const own = ['--suite', suite, '--db', join(folder, 'bench.duckdb'), '--json', ...options];
  try {
    const stdout = await runProcess({
      command: process.execPath,
      args: ['--import', pathToFileURL(PROBE).href, MAIN, 'sweep', ...own],
      env: { HEURISTRACE_BENCH_MEMORY: memory },
    });
    const outcome = Outcome.parse(JSON.parse(stdout));
    return { ...outcome, ...Memory.parse(JSON.parse(await readFile(memory, 'utf8'))) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
