import { InterruptedError } from '../../errors/errors.js';
import { liveTensors } from '../../model/engine.js';
import { streamModel } from '../../model/load-model.js';
import type { Model } from '../../model/model.js';
import { openWeights, type CheckpointFacts, type CheckpointFolder } from '../../weights/checkpoint.js';

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
export async function openCheckpoint(where: CheckpointFolder): Promise<OpenCheckpoint> {
  const weights = await openWeights(where);
  try {
    return { facts: weights.facts, ...(await streamModel(weights.facts.config, weights.tensors())) };
  } finally {
    await weights.close();
  }
}

/** Reads and verifies a checkpoint without loading it. @throws what `openWeights` throws */
export async function checkpointFacts(where: CheckpointFolder): Promise<CheckpointFacts> {
  const weights = await openWeights(where);
  await weights.close();
  return weights.facts;
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
