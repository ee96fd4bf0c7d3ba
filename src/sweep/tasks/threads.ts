import { MessageChannel, Worker } from 'node:worker_threads';
import PQueue from 'p-queue';
import { InterruptedError } from '../../errors/errors.js';
import type { CheckpointFacts, CheckpointFolder } from '../../weights/checkpoint.js';
import { breathe } from '../sources/checkpoint-model.js';
import type { ClassifyResult, ClassifyTask } from './classify-task.js';
import { unpackFailure, type Done, type Message, type ModelJob, type Reply, type Work } from './messages.js';
import type { TaskName, TaskOutput } from './model-tasks.js';
import { TaskRunner } from './task-runner.js';

/**
 * What does tasks, as many at a time as there are threads, those of checkpoints opened earlier first: what has begun is
 * finished, and its memory freed, before another is gone on with.
 */
export interface Threads {
  /** Hashes and checks a checkpoint's files. @throws InterruptedError; what `openWeights` throws */
  facts(where: CheckpointFolder, checkpoint: number): Promise<Done<CheckpointFacts>>;
  /** @throws InterruptedError; what the task throws */
  classify(task: ClassifyTask, checkpoint: number): Promise<Done<ClassifyResult>>;
  /** @throws InterruptedError; what loading the checkpoint and the task throw */
  model<N extends TaskName>(job: ModelJob<N>): Promise<Done<TaskOutput<N>>>;
  /** Frees a model whose tasks are done. */
  forget(checkpoint: number): Promise<void>;
  close(): Promise<void>;
}

/** This thread. */
export function thisThread(signal?: AbortSignal): Threads {
  const runner = new TaskRunner();
  const queue = new PQueue({ concurrency: 1 });
  return {
    facts: (where, checkpoint) => queue.add(() => runner.facts(where), { priority: -checkpoint }),
    classify: (task, checkpoint) => queue.add(() => runner.classify(task), { priority: -checkpoint }),
    model: (job) =>
      queue.add(() => runner.model(job, () => breathe(signal)), { priority: -job.checkpoint.id }),
    // In its turn, not while a task of another checkpoint runs.
    forget: (checkpoint) => queue.add(() => runner.forget(checkpoint), { priority: -checkpoint }),
    close: () => Promise.resolve(),
  };
}

/** Where workers are compiled to; not there where the program runs from its sources. */
export const WORKER_FILE = new URL('./worker.js', import.meta.url);

/** Worker threads. Those that are busy when the signal fires are waited for by nobody; `close` ends them. */
export function workerThreads(count: number, signal?: AbortSignal): Threads {
  const workers = Array.from({ length: count }, () => new Worker(WORKER_FILE));
  const idle = [...workers];
  const queue = new PQueue({ concurrency: count });
  const onIdle = async <T>(work: Work): Promise<Done<T>> => {
    if (signal?.aborted === true) throw new InterruptedError();
    const worker = idle.pop();
    if (worker === undefined) throw new Error('no worker thread is idle');
    try {
      return await ask<T>(worker, work, signal);
    } finally {
      idle.push(worker);
    }
  };
  return {
    facts: (where, checkpoint) =>
      queue.add(() => onIdle({ kind: 'facts', where }), { priority: -checkpoint }),
    classify: (task, checkpoint) =>
      queue.add(() => onIdle({ kind: 'classify', task }), { priority: -checkpoint }),
    model: (job) => queue.add(() => onIdle({ kind: 'model', job }), { priority: -job.checkpoint.id }),
    forget: (checkpoint) => {
      for (const worker of workers) worker.postMessage({ kind: 'forget', checkpoint } satisfies Message);
      return Promise.resolve();
    },
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

/** Sends work to a worker that is idle, and waits for its answer. */
async function ask<T>(worker: Worker, work: Work, signal: AbortSignal | undefined): Promise<Done<T>> {
  const { port1: own, port2: port } = new MessageChannel();
  const over = new AbortController();
  try {
    return await new Promise((resolve, reject) => {
      own.once('message', (reply: Reply<T>) => {
        if (reply.kind === 'done') resolve(reply);
        else reject(unpackFailure(reply.failure));
      });
      worker.once('error', reject);
      over.signal.addEventListener('abort', () => worker.off('error', reject));
      const interrupted = (): void => {
        reject(new InterruptedError());
      };
      signal?.addEventListener('abort', interrupted, { signal: over.signal });
      worker.postMessage({ kind: 'work', work, port } satisfies Message, [port]);
    });
  } finally {
    over.abort();
    own.close();
  }
}
