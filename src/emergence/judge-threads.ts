import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { MIN_STEPS } from '../analysis/emergence/compare.js';
import { InterruptedError } from '../errors/errors.js';
import { judgeOne, type Found, type JudgeJob } from './judge-one.js';

/** Where the worker is compiled to; not there where the program runs from its sources. */
const WORKER_FILE = new URL('./judge-worker.js', import.meta.url);

export interface JudgeEachParams {
  readonly jobs: readonly JudgeJob[];
  readonly signal?: AbortSignal | undefined;
  readonly onDone?: ((done: number, of: number) => void) | undefined;
}

/**
 * Judges trajectories one by one, on as many threads as there are cores; how many does not change what is found.
 * @returns in the order of the jobs
 * @throws InterruptedError when told to stop; what `judgeOne` throws
 */
export async function judgeEach({ jobs, signal, onDone }: JudgeEachParams): Promise<Found[]> {
  const found = new Map<number, Found>();
  const queue = jobs.entries();
  const worked = async (judge: (job: JudgeJob) => Promise<Found>): Promise<void> => {
    // One iterator for all threads: each takes the next job that none has taken.
    for (const [i, job] of queue) {
      if (signal?.aborted === true) throw new InterruptedError();
      onDone?.(found.size, jobs.length);
      found.set(i, await judge(job));
    }
  };
  const long = jobs.filter(({ trajectory }) => trajectory.steps.length >= MIN_STEPS).length;
  const threads = long > 1 && existsSync(WORKER_FILE) ? Math.min(availableParallelism(), long) : 0;
  const workers = Array.from({ length: threads }, () => new Worker(WORKER_FILE));
  try {
    if (threads === 0) await worked(here);
    else await Promise.all(workers.map((worker) => worked((job) => onWorker(worker, job, signal))));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return jobs.flatMap((_, i) => found.get(i) ?? []);
}

/** In this thread, signals let in before. */
async function here(job: JudgeJob): Promise<Found> {
  await new Promise((resume) => setImmediate(resume));
  return judgeOne(job);
}

function onWorker(worker: Worker, job: JudgeJob, signal: AbortSignal | undefined): Promise<Found> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      settle(() => reject(new InterruptedError()));
    };
    const done = (found: Found): void => {
      settle(() => resolve(found));
    };
    const failed = (error: unknown): void => {
      settle(() => reject(error instanceof Error ? error : new Error(String(error))));
    };
    const settle = (end: () => void): void => {
      signal?.removeEventListener('abort', stop);
      worker.off('message', done);
      worker.off('error', failed);
      end();
    };
    signal?.addEventListener('abort', stop);
    worker.on('message', done);
    worker.on('error', failed);
    worker.postMessage(job);
  });
}
