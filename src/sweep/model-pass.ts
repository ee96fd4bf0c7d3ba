import type { Suite } from '../config/find-suite.js';
import { layerIndex, type LayerIndex } from '../domain/ids.js';
import { InterruptedError } from '../errors/errors.js';
import { directLogits } from '../model/direct-logits.js';
import { liveTensors } from '../model/engine.js';
import { loadModel } from '../model/load-model.js';
import type { PromptTokens } from '../model/prompt-tokens.js';
import { universePass } from '../model/universe-pass.js';
import { CHECKPOINT_FILES, loadCheckpoint, type LoadedCheckpoint } from '../weights/checkpoint.js';
import type { CheckpointRef } from './checkpoints.js';
import type { Universes } from './prompt-sets.js';

/** What the model said about one operator's universe. */
export interface OperatorPass {
  /** [count] 1 where the argmax at `=` is the answer's token. */
  readonly correct: Uint8Array;
  /** [layers x d_mlp, count]; no rows when no layer was asked for. */
  readonly activations: Float32Array<SharedArrayBuffer>;
}

/** Everything that is needed of a checkpoint once its weights are gone from the engine. */
export interface ModelPass {
  readonly checkpoint: Omit<LoadedCheckpoint, 'weights'>;
  /** In the order of the universes. */
  readonly operators: readonly OperatorPass[];
  /** [layers x d_mlp, maxAnswer + 1] */
  readonly directLogits: Float32Array<SharedArrayBuffer>;
}

export interface ModelPassOptions {
  readonly suite: Suite;
  readonly tokens: PromptTokens;
  readonly universes: Universes;
  /** First layer whose neurons are recorded; null to record none. */
  readonly firstLayer: LayerIndex | null;
  readonly batch: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Loads a checkpoint, runs it over all universes and frees it again.
 * @throws what `loadCheckpoint` throws; InterruptedError when `signal` fires; Error when tensors leaked
 */
export async function modelPass(ref: CheckpointRef, options: ModelPassOptions): Promise<ModelPass> {
  const { suite, tokens, universes, firstLayer, batch, signal } = options;
  const expected = ref.entry.files[CHECKPOINT_FILES.weights];
  const { weights, ...checkpoint } = await loadCheckpoint(ref.folder, suite.manifestPath, expected);
  const { nLayers } = checkpoint.config;
  const layers = firstLayer === null ? [] : layersFrom(firstLayer, nLayers);
  const before = liveTensors();
  const { model, dispose } = loadModel(checkpoint.config, weights);
  try {
    const operators: OperatorPass[] = [];
    for (const { universe } of universes.operators) {
      const { predicted, activations } = await universePass(model, tokens, universe, {
        layers,
        batch,
        onBatch: () => breathe(signal),
      });
      const correct = Uint8Array.from(universe.answer, (answer, p) =>
        predicted[p] === tokens.numbers[answer] ? 1 : 0,
      );
      operators.push({ correct, activations });
    }
    const answers = tokens.numbers.slice(0, (universes.operators[0]?.universe.maxAnswer ?? -1) + 1);
    const logits = layers.map((layer) => directLogits(model, layer, answers));
    return { checkpoint, operators, directLogits: inSharedMemory(logits) };
  } finally {
    dispose();
    if (liveTensors() !== before)
      throw new Error(`step ${ref.step} left ${liveTensors() - before} tensors in the engine`);
  }
}

function layersFrom(first: LayerIndex, nLayers: number): LayerIndex[] {
  return Array.from({ length: Math.max(0, nLayers - first) }, (_, i) => layerIndex(first + i));
}

/** Lets signals, workers and the terminal in between batches. */
async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (signal?.aborted === true) throw new InterruptedError();
}

function inSharedMemory(parts: readonly Float32Array[]): Float32Array<SharedArrayBuffer> {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const shared = new Float32Array(new SharedArrayBuffer(size * 4));
  let offset = 0;
  for (const part of parts) {
    shared.set(part, offset);
    offset += part.length;
  }
  return shared;
}
