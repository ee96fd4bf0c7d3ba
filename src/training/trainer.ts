import * as tf from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../domain/model-config.js';
import { randomStream } from '../domain/random.js';
import { forward } from '../model/forward.js';
import { bindGptNeox } from '../model/gpt-neox.js';
import { registerGradients } from '../model/gradients.js';
import type { Model } from '../model/model.js';
import { crossEntropy } from '../model/ops.js';
import { weightSpecs } from '../weights/architectures.js';
import { oursShape } from '../weights/layout.js';
import type { RawTensor } from '../weights/tensor-source.js';
import { adamwUpdate, type OptimiserState } from './adamw.js';
import { buildDataset, heldOutSample, trainingBatch, type Batch } from './batches.js';
import type { Recipe } from './recipe.js';
import { vocabulary } from './vocabulary.js';

/** Everything needed to go on with a training, outside the engine. Each [n], all parameters end to end. */
export interface TrainingState {
  readonly step: number;
  readonly parameters: Float32Array;
  readonly m: Float32Array;
  readonly v: Float32Array;
}

export interface TrainingProgress {
  readonly step: number;
  readonly steps: number;
  /** Mean cross-entropy of the batch before the update, nats per answer; null before the first update. */
  readonly loss: number | null;
  /** Share of a fixed sample of held-out prompts answered right. */
  readonly heldOutAccuracy: number;
}

export interface TrainingEvents {
  onProgress?(progress: TrainingProgress): void;
  /** Weights under our names, at the steps of the run. */
  onCheckpoint(step: number, weights: ReadonlyMap<string, RawTensor>, state: TrainingState): Promise<void>;
}

const PROGRESS_EVERY = 50;
const SAMPLE_PER_OPERATOR = 64;

/** The model that a recipe trains. */
export function recipeModelConfig(recipe: Recipe): ModelConfig {
  const { nLayers, dModel, nHeads, dMlp, rotaryFraction, layerNormEps } = recipe.model;
  return {
    architecture: 'gpt_neox',
    nLayers,
    dModel,
    nHeads,
    nKvHeads: nHeads,
    dHead: dModel / nHeads,
    dMlp,
    dVocab: vocabulary(recipe).length,
    rotaryDims: Math.floor((dModel / nHeads) * rotaryFraction),
    rotaryBase: 10_000,
    rotaryScaling: null,
    eps: layerNormEps,
    gated: false,
    tied: false,
    attentionBias: true,
    mlpBias: true,
  };
}

interface Layout {
  readonly config: ModelConfig;
  readonly names: readonly string[];
  readonly shapes: readonly (readonly number[])[];
  readonly sizes: readonly number[];
  readonly total: number;
}

function layoutOf(recipe: Recipe): Layout {
  const config = recipeModelConfig(recipe);
  const specs = weightSpecs(config);
  const shapes = specs.map(oursShape);
  const sizes = shapes.map((shape) => shape.reduce((a, b) => a * b, 1));
  return { config, names: specs.map((s) => s.ours), shapes, sizes, total: sizes.reduce((a, b) => a + b, 0) };
}

/** Step 0: matrices normal with the recipe's deviation, biases 0, gains 1. */
export function initialState(recipe: Recipe, seed: number): TrainingState {
  const { names, shapes, sizes, total } = layoutOf(recipe);
  const parameters = new Float32Array(total);
  let offset = 0;
  names.forEach((name, i) => {
    const random = randomStream(seed, 'init', name);
    const values = parameters.subarray(offset, (offset += sizes[i] ?? 0));
    if (shapes[i]?.length === 2)
      values.forEach((_, j) => (values[j] = random.normal() * recipe.initStandardDeviation));
    else values.fill(name.endsWith('.w') ? 1 : 0);
  });
  return { step: 0, parameters, m: new Float32Array(total), v: new Float32Array(total) };
}

/**
 * Trains one run of a recipe. The batch of a step depends on seed and step alone, so a training continued from a saved
 * state gives the same bytes as one that never stopped, on the same engine.
 * @param from where to begin: `initialState`, or a state saved earlier
 * @param signal stops after the running step
 * @returns the state reached: the last step, or the one at which `signal` fired
 */
export async function trainRun(
  recipe: Recipe,
  run: Recipe['runs'][number],
  from: TrainingState,
  events: TrainingEvents,
  signal?: AbortSignal,
): Promise<TrainingState> {
  registerGradients();
  const layout = layoutOf(recipe);
  const dataset = buildDataset(recipe);
  const sample = heldOutSample(recipe, dataset, SAMPLE_PER_OPERATOR);
  const decayMask = tf.tidy(() =>
    tf.concat(layout.shapes.map((s, i) => tf.fill([layout.sizes[i] ?? 0], s.length === 2 ? 1 : 0))),
  );
  let state: OptimiserState = {
    parameters: tf.tensor1d(from.parameters),
    m: tf.tensor1d(from.m),
    v: tf.tensor1d(from.v),
  };
  let step = from.step;
  let loss: number | null = null;
  const wanted = new Set(run.checkpoints);
  try {
    for (;;) {
      const due = wanted.has(step) && (step > from.step || step === 0);
      if (due)
        await events.onCheckpoint(step, exportWeights(layout, state.parameters), saveState(step, state));
      if (step % PROGRESS_EVERY === 0 || step === recipe.steps) {
        const heldOutAccuracy = accuracyOf(layout, state.parameters, sample);
        events.onProgress?.({ step, steps: recipe.steps, loss, heldOutAccuracy });
      }
      await new Promise((resolve) => setImmediate(resolve)); // lets signals and the terminal in
      if (step === recipe.steps || signal?.aborted === true) return saveState(step, state);
      const wantLoss = (step + 1) % PROGRESS_EVERY === 0;
      const next = update(
        layout,
        recipe,
        state,
        decayMask,
        trainingBatch(recipe, dataset, run.seed, step),
        step + 1,
      );
      tf.dispose([state.parameters, state.m, state.v]);
      state = { parameters: next.parameters, m: next.m, v: next.v };
      if (wantLoss) loss = next.loss.dataSync()[0] ?? null;
      next.loss.dispose();
      step++;
    }
  } finally {
    tf.dispose([state.parameters, state.m, state.v, decayMask]);
  }
}

function update(
  layout: Layout,
  recipe: Recipe,
  state: OptimiserState,
  decayMask: tf.Tensor,
  batch: Batch,
  number: number,
): OptimiserState & { loss: tf.Tensor } {
  return tf.tidy(() => {
    const answers = tf.tensor1d(batch.answers, 'int32');
    const lossOf = (...parameters: tf.Tensor[]): tf.Tensor =>
      crossEntropy(lastLogits(bind(layout, parameters), batch), answers);
    const { value, grads } = tf.valueAndGrads(lossOf)(unflatten(layout, state.parameters));
    const gradient = tf.concat(grads.map((g) => tf.reshape(g, [-1])));
    return { ...adamwUpdate(state, gradient, decayMask, recipe, number), loss: value };
  });
}

/** [n] to one tensor a parameter. */
function unflatten(layout: Layout, parameters: tf.Tensor): tf.Tensor[] {
  return tf
    .split(parameters, [...layout.sizes])
    .map((part, i) => tf.reshape(part, [...(layout.shapes[i] ?? [])]));
}

function bind({ config, names }: Layout, parameters: readonly tf.Tensor[]): Model {
  const byName = new Map(names.map((name, i) => [name, parameters[i]]));
  return bindGptNeox(config, (name) => {
    const tensor = byName.get(name);
    if (tensor === undefined) throw new Error(`no parameter ${name}`);
    return tensor;
  });
}

/** @returns [size, d_vocab] logits at `=` */
function lastLogits(model: Model, batch: Batch): tf.Tensor {
  const tokens = tf.tensor2d(batch.tokens, [batch.size, batch.tokens.length / batch.size], 'int32');
  const { logits } = forward(model, tokens, { positions: 'last' });
  if (logits === null) throw new Error('the forward pass gave no logits');
  return tf.reshape(logits, [batch.size, model.config.dVocab]);
}

function accuracyOf(layout: Layout, parameters: tf.Tensor, batch: Batch): number {
  const predicted = tf.tidy(() =>
    tf.argMax(lastLogits(bind(layout, unflatten(layout, parameters)), batch), -1).dataSync(),
  );
  return batch.answers.filter((answer, i) => predicted[i] === answer).length / batch.size;
}

function exportWeights(layout: Layout, parameters: tf.Tensor): Map<string, RawTensor> {
  const flat = Float32Array.from(parameters.dataSync());
  let offset = 0;
  return new Map(
    layout.names.map((name, i) => [
      name,
      { shape: layout.shapes[i] ?? [], data: flat.slice(offset, (offset += layout.sizes[i] ?? 0)) },
    ]),
  );
}

function saveState(step: number, state: OptimiserState): TrainingState {
  const copy = (tensor: tf.Tensor): Float32Array => Float32Array.from(tensor.dataSync());
  return { step, parameters: copy(state.parameters), m: copy(state.m), v: copy(state.v) };
}
