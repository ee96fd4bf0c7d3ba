import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Measure } from '../../domain/measure.js';
import { startEngine } from '../../model/engine.js';
import type { EngineChoice, EngineName } from '../../model/engine-names.js';
import type { CheckpointFacts, CheckpointFolder } from '../../weights/checkpoint.js';
import type { ClassifyResult, ClassifyTask } from './classify-task.js';
import { measureOfTask, type TaskInput, type TaskName, type TaskOutput } from './model-tasks.js';
import { thisThread, WORKER_FILE, workerThreads } from './threads.js';

/** Told how long each task took, and for which measure. */
export type OnSeconds = (measure: Measure, seconds: number) => void;

/** A checkpoint that tasks can be run on. */
export interface PooledModel {
  readonly facts: CheckpointFacts;
  /** @throws what loading the checkpoint and the task throw; InterruptedError */
  run<N extends TaskName>(name: N, input: TaskInput<N>): Promise<TaskOutput<N>>;
  /** Classifies some of its neurons. @throws InterruptedError */
  classify(task: ClassifyTask): Promise<ClassifyResult>;
  /** Frees the engines' memory. */
  dispose(): Promise<void>;
}

/** Where work is done: threads with engines of their own, or the engine of this thread. */
export interface TaskPool {
  readonly engine: { readonly name: EngineName; readonly version: string };
  /** Engines beside one another, each with the weights of its checkpoints. */
  readonly engines: number;
  /** Verifies a checkpoint, in a worker thread where there are any; engines load it with the first task. @throws what `openWeights` throws */
  open(where: CheckpointFolder, onSeconds?: OnSeconds): Promise<PooledModel>;
  close(): Promise<void>;
}

export interface PoolOptions {
  readonly engine: EngineChoice;
  /** 0 does everything in this thread. */
  readonly threads: number;
  /** Ends tasks: at once in worker threads, between batches in this one. */
  readonly signal?: AbortSignal | undefined;
  /** Told why a faster engine is left out; default: stderr. */
  readonly onNote?: ((line: string) => void) | undefined;
}

/** Engines that compute in one thread, so that several of them share the work. Others have threads of their own. */
const ONE_THREAD: ReadonlySet<EngineName> = new Set<EngineName>(['wasm', 'cpu']);

/**
 * Starts the engine, and worker threads. Results do not depend on how many there are.
 * @throws EngineError
 */
export async function openTaskPool(options: PoolOptions): Promise<TaskPool> {
  const { engine: wanted, threads, signal, onNote } = options;
  const engine = await startEngine(wanted, onNote);
  const here = thisThread(signal);
  const workers =
    threads > 0 && existsSync(fileURLToPath(WORKER_FILE)) ? workerThreads(threads, signal) : here;
  const engines = ONE_THREAD.has(engine.name) ? workers : here;
  let opened = 0;
  return {
    engine,
    engines: engines === here ? 1 : threads,
    open: async (where, onSeconds) => {
      const id = opened++;
      const { value: facts } = await workers.facts(where, id);
      const checkpoint = { id, where: { ...where, verifiedHash: facts.weightsHash } };
      return {
        facts,
        run: async (name, input) => {
          const { value, seconds } = await engines.model({ engine: engine.name, checkpoint, name, input });
          onSeconds?.(measureOfTask(name), seconds);
          return value;
        },
        classify: async (task) => {
          const { value, seconds } = await workers.classify(task, checkpoint.id);
          onSeconds?.('classification', seconds);
          return value;
        },
        dispose: () => engines.forget(checkpoint.id),
      };
    },
    close: () => workers.close(),
  };
}
