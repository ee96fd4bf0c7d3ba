import type { Suite } from '../config/find-suite.js';
import { InterruptedError } from '../errors/errors.js';
import { liveTensors } from '../model/engine.js';
import { streamModel } from '../model/load-model.js';
import type { Model } from '../model/model.js';
import { openWeights, type CheckpointFacts, type CheckpointFolder } from '../weights/checkpoint.js';
import type { CheckpointRef } from './checkpoints.js';

/** Where the weights of a checkpoint lie, and what its suite promises of them. */
export function folderOf(ref: CheckpointRef, suite: Suite): CheckpointFolder {
  return { folder: ref.folder, namedBy: suite.manifestPath, promised: ref.entry.files };
}

/** A checkpoint in the engine. */
export interface OpenCheckpoint {
  readonly facts: CheckpointFacts;
  readonly model: Model;
  readonly dispose: () => void;
}

/**
 * Loads a checkpoint into the engine, one tensor at a time.
 * @throws what `openWeights` throws
 */
export async function openCheckpoint(ref: CheckpointRef, suite: Suite): Promise<OpenCheckpoint> {
  const weights = await openWeights(folderOf(ref, suite));
  try {
    return { facts: weights.facts, ...(await streamModel(weights.facts.config, weights.tensors())) };
  } finally {
    await weights.close();
  }
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
