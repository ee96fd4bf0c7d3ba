import * as tf from '@tensorflow/tfjs-core';
import type { LayerIndex, NeuronId } from '../domain/ids.js';
import type { PromptTable } from '../domain/prompt.js';
import { emptySums, summing, type ActivationSums } from './activation-sums.js';
import { forward, type ForwardResult } from './forward.js';
import { hookOn, NO_HOOK, type Hook } from './hooks.js';
import type { KvCache } from './kv-cache.js';
import type { Model } from './model.js';
import { POSITIONS, type PromptTokens } from './prompt-tokens.js';
import { scoped } from './scope.js';

export interface PassOptions {
  /** Prompts computed together. */
  readonly batch?: number;
  /** Called before each batch; throwing there ends the pass and frees its tensors. */
  readonly onBatch?: () => Promise<void>;
}

export interface UniversePassOptions extends PassOptions {
  /** Layers whose neurons are recorded; none for accuracy alone. */
  readonly layers: readonly LayerIndex[];
  /** Of these layers' neurons only some, in the order of the layers; then memory follows their number. Default all. */
  readonly neurons?: readonly NeuronId[];
  /** Whether activations are summed as well, in all layers. Default false. */
  readonly sums?: boolean;
  /** Whether predictions are wanted; without them nothing above the last of the layers is computed. Default true. */
  readonly predict?: boolean;
  /** Where the maps of more prompts than these are collected; default: memory of their own. */
  readonly into?: MapColumns;
}

/** Columns of a matrix [neurons, count] that several passes fill, each its own. */
export interface MapColumns {
  readonly values: Float32Array<SharedArrayBuffer>;
  readonly count: number;
  /** The first column of this pass. */
  readonly first: number;
}

export interface UniversePassResult {
  /** [count] token id with the largest logit at `=`; empty where not asked for. */
  readonly predicted: Int32Array;
  /** [neurons, count] `mlp_post` at `=` of those recorded, row-major, in memory that threads share; `into.values` if given. */
  readonly activations: Float32Array<SharedArrayBuffer>;
  /** Sums over the prompts; null where none were asked for. */
  readonly sums: ActivationSums | null;
}

const DEFAULT_BATCH = 1024;

/**
 * One pass over the prompts of an operator for accuracy, neuron maps and mean activations together. (BOS, op1, operator)
 * is computed once for each op1, so that a prompt costs two tokens, and one in the last block.
 * Cost: count x 2/5 of a full forward pass.
 */
export async function universePass(
  model: Model,
  tokens: PromptTokens,
  prompts: PromptTable,
  { layers, neurons, sums: wanted = false, predict = true, into, ...options }: UniversePassOptions,
): Promise<UniversePassResult> {
  const used = predict || wanted ? model : upTo(model, layers);
  const recorded = recordedOf(model, layers, neurons);
  const size = recorded.reduce((sum, { neurons: { length } }) => sum + length, 0);
  const { count } = prompts;
  const predicted = new Int32Array(predict ? count : 0);
  const maps = into ?? { values: emptyMaps(size, count), count, first: 0 };
  const sums = wanted ? emptySums(model.config) : null;
  await eachBatch({ model: used, tokens, prompts, sums, ...options }, (batch) => {
    const result = mapsOf(used, batch, { recorded, sums, predict });
    const rows = batch.rows.length;
    if (predict) predicted.set(result.predicted, batch.start);
    let row = 0;
    for (const values of result.neurons)
      for (let start = 0; start < values.length; start += rows, row++)
        maps.values.set(values.subarray(start, start + rows), row * maps.count + maps.first + batch.start);
  });
  return { predicted, activations: maps.values, sums: sums && { ...sums, prompts: count } };
}

/** The blocks up to the last of some layers, at least one. */
function upTo(model: Model, layers: readonly LayerIndex[]): Model {
  return { ...model, blocks: model.blocks.slice(0, Math.max(0, ...layers) + 1) };
}

/** Memory for maps, which threads can share. */
export function emptyMaps(neurons: number, count: number): Float32Array<SharedArrayBuffer> {
  return new Float32Array(new SharedArrayBuffer(neurons * count * 4));
}

/**
 * Sums of activations alone, without logits: for the prompts outside the universe, which the means count too (method
 * section 5).
 */
export async function activationSums(
  model: Model,
  tokens: PromptTokens,
  prompts: PromptTable,
  options: PassOptions = {},
): Promise<ActivationSums> {
  const sums = emptySums(model.config);
  await eachBatch({ model, tokens, prompts, sums, ...options }, (batch) => {
    tf.tidy(() => {
      forwardBatch(model, batch, 'none', batchSums(sums, batch));
    });
  });
  return { ...sums, prompts: prompts.count };
}

/** Neurons of one layer that are recorded, at least one. */
interface RecordedLayer {
  readonly layer: LayerIndex;
  readonly neurons: readonly number[];
}

function recordedOf(
  { config }: Model,
  layers: readonly LayerIndex[],
  chosen: readonly NeuronId[] | undefined,
): RecordedLayer[] {
  const all = Array.from({ length: config.dMlp }, (_, n) => n);
  return layers
    .map((layer) => ({
      layer,
      neurons: chosen?.filter((id) => id.layer === layer).map(({ neuron }) => neuron) ?? all,
    }))
    .filter(({ neurons }) => neurons.length > 0);
}

/** Consecutive prompts of a table. */
interface Batch {
  /** Index of the first prompt. */
  readonly start: number;
  readonly cache: KvCache;
  /** [rows] the prefix that each prompt continues */
  readonly rows: Int32Array;
  /** [rows, 2] tokens of op2 and `=` */
  readonly ids: Int32Array;
}

interface BatchesOptions extends PassOptions {
  readonly model: Model;
  readonly tokens: PromptTokens;
  readonly prompts: PromptTable;
  readonly sums: ActivationSums | null;
}

async function eachBatch(options: BatchesOptions, visit: (batch: Batch) => void): Promise<void> {
  const { tokens, prompts, batch = DEFAULT_BATCH, onBatch } = options;
  if (prompts.count === 0) return;
  const firsts = [...new Set(prompts.op1)];
  const row = new Map(firsts.map((op1, i) => [op1, i]));
  const rowOf = (op1: number): number => row.get(op1) ?? 0;
  const cache = prefixCache(options, firsts, Int32Array.from(prompts.op1, rowOf));
  try {
    for (let start = 0; start < prompts.count; start += batch) {
      await onBatch?.();
      const end = Math.min(prompts.count, start + batch);
      const rows = Int32Array.from(prompts.op1.subarray(start, end), rowOf);
      const ids = Int32Array.from({ length: 2 * (end - start) }, (_, i) =>
        i % 2 === 1 ? tokens.equals : (tokens.numbers[prompts.op2[start + i / 2] ?? 0] ?? 0),
      );
      visit({ start, cache, rows, ids });
    }
  } finally {
    tf.dispose(cacheTensors(cache));
  }
}

/**
 * Keys and values of (BOS, op1, operator) for each op1; adds to the sums, if any, what these positions contribute.
 * @param rows [count] the prefix of each prompt
 */
function prefixCache(
  { model, tokens, prompts, sums }: BatchesOptions,
  firsts: readonly number[],
  rows: Int32Array,
): KvCache {
  const operator = tokens.operators[prompts.operator];
  const ids = firsts.flatMap((op1) => [tokens.bos, tokens.numbers[op1] ?? 0, operator]);
  const uses = new Float32Array(firsts.length);
  for (const row of rows) uses[row] = (uses[row] ?? 0) + 1;
  return scoped(() => {
    const hook =
      sums === null ? NO_HOOK : summing(sums, POSITIONS.operator, tf.tensor2d(uses, [1, uses.length]));
    const input = tf.tensor2d(ids, [firsts.length, 3], 'int32');
    return forward(model, input, { hook, positions: 'last', output: 'none' }).cache;
  }, cacheTensors);
}

/** The prefixes first .. end - 1. */
function prefixRange(cache: KvCache, first: number, end: number): KvCache {
  const slice = (x: tf.Tensor): tf.Tensor => tf.slice(x, [first], [end - first]);
  return { ...cache, layers: cache.layers.map((kv) => kv && { k: slice(kv.k), v: slice(kv.v) }) };
}

function cacheTensors(cache: KvCache): tf.Tensor[] {
  return cache.layers.flatMap((kv) => (kv === undefined ? [] : [kv.k, kv.v]));
}

/** Runs op2 and `=` of a batch. Call it inside `tf.tidy`. */
function forwardBatch(
  model: Model,
  { cache, rows, ids }: Batch,
  output: 'logits' | 'none',
  hook: Hook,
): ForwardResult {
  // Prompts are mostly sorted by op1, so a batch needs few of the prefixes, one after the other.
  const [first, last] = [Math.min(...rows), Math.max(...rows)];
  const near = rows.map((row) => row - first);
  const prefix = {
    cache: prefixRange(cache, first, last + 1),
    rows: tf.tensor1d(near, 'int32'),
    ...(near.every((row, i) => row >= (near[i - 1] ?? 0)) && { runs: runsOf(near, last - first + 1) }),
  };
  const input = tf.tensor2d(ids, [rows.length, 2], 'int32');
  return forward(model, input, { prefix, hook, positions: 'last', output, cache: false });
}

/** How often each of the first numbers occurs. */
function runsOf(rows: Int32Array, count: number): number[] {
  const runs = Array.from({ length: count }, () => 0);
  for (const row of rows) runs[row] = (runs[row] ?? 0) + 1;
  return runs;
}

/** Adds up a batch's positions op2 and `=`. */
function batchSums(sums: ActivationSums, { rows }: Batch): Hook {
  return summing(sums, POSITIONS.equals, tf.ones([1, rows.length]));
}

interface MapsOptions {
  readonly recorded: readonly RecordedLayer[];
  readonly sums: ActivationSums | null;
  readonly predict: boolean;
}

/** @returns predicted token of each row, and for each layer `mlp_post` at the last position as [d_mlp, rows] */
function mapsOf(
  model: Model,
  batch: Batch,
  { recorded: wanted, sums, predict }: MapsOptions,
): { predicted: Int32Array; neurons: Float32Array[] } {
  const { predictions, neurons } = scoped(
    () => {
      const recorded = new Map<LayerIndex, tf.Tensor>();
      const summed = sums === null ? NO_HOOK : batchSums(sums, batch);
      const hook = hookOn(
        ['z', 'mlp_post'],
        (point, value) => {
          const { name, layer } = point;
          const own = name === 'mlp_post' ? wanted.find((entry) => entry.layer === layer) : undefined;
          if (own !== undefined) {
            const [rows = 0, pos = 0, width = 0] = value.shape;
            const last = tf.reshape(tf.slice(value, [0, pos - 1, 0], [rows, 1, width]), [rows, width]);
            const all = tf.transpose(last); // (d_mlp, rows)
            const some = own.neurons.length < width;
            const maps = some ? tf.gather(all, tf.tensor1d([...own.neurons], 'int32')) : all;
            recorded.set(own.layer, tf.keep(maps));
          }
          return summed(point, value);
        },
        { holds: false },
      );
      const { logits } = forwardBatch(model, batch, predict ? 'logits' : 'none', hook);
      const rows = batch.rows.length;
      const predictions = logits && tf.argMax(tf.reshape(logits, [rows, model.config.dVocab]), -1);
      return { predictions, neurons: wanted.flatMap(({ layer }) => recorded.get(layer) ?? []) };
    },
    ({ predictions: kept, neurons: maps }) => [...(kept === null ? [] : [kept]), ...maps],
  );
  const result = {
    predicted: Int32Array.from(predictions?.dataSync() ?? []),
    neurons: neurons.map((tensor) => Float32Array.from(tensor.dataSync())),
  };
  tf.dispose([...(predictions === null ? [] : [predictions]), ...neurons]);
  return result;
}
