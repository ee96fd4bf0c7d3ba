import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { runClassifyTask, type ClassifyResult, type ClassifyTask } from './classify-task.js';

/** Classifies neurons beside the thread that runs the model. */
export interface ClassifyPool {
  run(task: ClassifyTask): Promise<ClassifyResult>;
  close(): Promise<void>;
}

interface Job {
  readonly task: ClassifyTask;
  readonly resolve: (result: ClassifyResult) => void;
  readonly reject: (error: Error) => void;
}

const WORKER = new URL('./classify-worker.js', import.meta.url);

/**
 * Starts worker threads. Results do not depend on how many there are.
 * @param threads 0 classifies in the calling thread (also where the program runs from its sources)
 */
export function openClassifyPool(threads: number): ClassifyPool {
  if (threads === 0 || !existsSync(fileURLToPath(WORKER)))
    return { run: (task) => Promise.resolve(runClassifyTask(task)), close: () => Promise.resolve() };
  const queue: Job[] = [];
  const current = new Map<Worker, Job | null>();
  const next = (worker: Worker): void => {
    const job = queue.shift() ?? null;
    current.set(worker, job);
    if (job !== null) worker.postMessage(job.task);
  };
  const workers = Array.from({ length: threads }, () => {
    const worker = new Worker(WORKER);
    current.set(worker, null);
    worker.on('message', (result: ClassifyResult) => {
      current.get(worker)?.resolve(result);
      next(worker);
    });
    worker.on('error', (error: Error) => {
      current.get(worker)?.reject(error);
      for (const job of queue.splice(0)) job.reject(error);
    });
    return worker;
  });
  return {
    run: (task) =>
      new Promise((resolve, reject) => {
        queue.push({ task, resolve, reject });
        const idle = workers.find((worker) => current.get(worker) === null);
        if (idle !== undefined) next(idle);
      }),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
