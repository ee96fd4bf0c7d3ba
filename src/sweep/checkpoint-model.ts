import type { Suite } from '../config/find-suite.js';
import { InterruptedError } from '../errors/errors.js';
import { liveTensors } from '../model/engine.js';
import { loadModel } from '../model/load-model.js';
import type { Model } from '../model/model.js';
import { CHECKPOINT_FILES, loadCheckpoint, type LoadedCheckpoint } from '../weights/checkpoint.js';
import type { CheckpointRef } from './checkpoints.js';

/** A checkpoint's file as far as rows speak of it. */
export type CheckpointFacts = Omit<LoadedCheckpoint, 'weights'>;

/** A checkpoint in the engine. */
export interface OpenCheckpoint {
  readonly facts: CheckpointFacts;
  readonly model: Model;
  readonly dispose: () => void;
}

/**
 * Loads a checkpoint into the engine.
 * @throws what `loadCheckpoint` throws
 */
export async function openCheckpoint(ref: CheckpointRef, suite: Suite): Promise<OpenCheckpoint> {
  const expected = ref.entry.files[CHECKPOINT_FILES.weights];
  const { weights, ...facts } = await loadCheckpoint(ref.folder, suite.manifestPath, expected);
  const { model, dispose } = loadModel(facts.config, weights);
  return { facts, model, dispose };
}

/** Runs work on the engine. @throws Error when it left tensors behind */
export async function leakFree<T>(what: string, work: () => Promise<T>): Promise<T> {
  const before = liveTensors();
  const result = await work();
  if (liveTensors() !== before)
    throw new Error(`${what} left ${liveTensors() - before} tensors in the engine`);
  return result;
}

/** Lets signals, workers and the terminal in between batches. @throws InterruptedError when `signal` has fired */
export async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (signal?.aborted === true) throw new InterruptedError();
}
