import { startEngine } from '../../model/engine.js';
import type { CheckpointFacts, CheckpointFolder } from '../../weights/checkpoint.js';
import {
  checkpointFacts,
  leakFree,
  openCheckpoint,
  type OpenCheckpoint,
} from '../sources/checkpoint-model.js';
import { runClassifyTask, type ClassifyResult, type ClassifyTask } from './classify-task.js';
import type { Done, ModelJob, SharedCheckpoint } from './messages.js';
import { runModelTask, type OnBatch, type TaskName, type TaskOutput } from './model-tasks.js';

/** Does tasks in its own thread, and keeps the models they need in its engine. */
export class TaskRunner {
  private readonly models = new Map<number, Promise<OpenCheckpoint>>();

  /** @throws what `openWeights` throws */
  facts(where: CheckpointFolder): Promise<Done<CheckpointFacts>> {
    return timed(() => checkpointFacts(where));
  }

  classify(task: ClassifyTask): Promise<Done<ClassifyResult>> {
    return timed(() => runClassifyTask(task));
  }

  /** @throws EngineError; what loading the checkpoint and the task throw */
  model<N extends TaskName>(
    { engine, checkpoint, name, input }: ModelJob<N>,
    onBatch: OnBatch,
  ): Promise<Done<TaskOutput<N>>> {
    return timed(async () => {
      if (this.models.size === 0) await startEngine(engine);
      const { model } = await this.load(checkpoint);
      return leakFree(name, () => runModelTask(name, model, input, onBatch));
    });
  }

  /** Frees a model. */
  async forget(checkpoint: number): Promise<void> {
    const model = this.models.get(checkpoint);
    this.models.delete(checkpoint);
    (await model?.catch(() => undefined))?.dispose();
  }

  private load({ id, where }: SharedCheckpoint): Promise<OpenCheckpoint> {
    const known = this.models.get(id);
    if (known !== undefined) return known;
    const opening = openCheckpoint(where);
    this.models.set(id, opening);
    return opening;
  }
}

async function timed<T>(work: () => T | Promise<T>): Promise<Done<T>> {
  const started = performance.now();
  const value = await work();
  return { value, seconds: (performance.now() - started) / 1000 };
}
