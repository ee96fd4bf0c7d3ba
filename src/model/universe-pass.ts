import * as tf from '@tensorflow/tfjs-core';
import type { LayerIndex } from '../domain/ids.js';
import type { Operator } from '../domain/operator.js';
import type { PromptTable } from '../domain/prompt.js';
import { forward, type KvCache } from './forward.js';
import type { Hook } from './hooks.js';
import type { Model } from './model.js';
import type { PromptTokens } from './prompt-tokens.js';
import { scoped } from './scope.js';

export interface UniversePassOptions {
  /** Layers whose neurons are recorded; none for accuracy alone. */
  readonly layers: readonly LayerIndex[];
  /** Prompts computed together. */
  readonly batch?: number;
  /** Called before each batch; throwing there ends the pass and frees its tensors. */
  readonly onBatch?: () => Promise<void>;
}

export interface UniversePassResult {
  /** [count] token id with the largest logit at `=`. */
  readonly predicted: Int32Array;
  /** [layers x d_mlp, count] `mlp_post` at `=`, row-major, in memory that worker threads can share. */
  readonly activations: Float32Array<SharedArrayBuffer>;
}

const DEFAULT_BATCH = 1024;

/**
 * One pass over the prompts of an operator for accuracy and neuron maps together. (BOS, op1, operator) is computed once
 * for each op1, so that a prompt costs two tokens, and one in the last block.
 * Cost: count x 2/5 of a full forward pass.
 */
export async function universePass(
  model: Model,
  tokens: PromptTokens,
  prompts: PromptTable,
  { layers, batch = DEFAULT_BATCH, onBatch }: UniversePassOptions,
): Promise<UniversePassResult> {
  const { dMlp } = model.config;
  const { count } = prompts;
  const predicted = new Int32Array(count);
  const activations = new Float32Array(new SharedArrayBuffer(layers.length * dMlp * count * 4));
  const firsts = [...new Set(prompts.op1)];
  const row = new Map(firsts.map((op1, i) => [op1, i]));
  const cache = prefixCache(model, tokens, prompts.operator, firsts);
  try {
    for (let start = 0; start < count; start += batch) {
      await onBatch?.();
      const end = Math.min(count, start + batch);
      const rows = Int32Array.from(prompts.op1.subarray(start, end), (op1) => row.get(op1) ?? 0);
      const ids = Int32Array.from({ length: 2 * (end - start) }, (_, i) =>
        i % 2 === 1 ? tokens.equals : (tokens.numbers[prompts.op2[start + i / 2] ?? 0] ?? 0),
      );
      const result = batchPass(model, cache, rows, ids, layers);
      predicted.set(result.predicted, start);
      result.neurons.forEach((values, l) => {
        for (let n = 0; n < dMlp; n++)
          activations.set(
            values.subarray(n * rows.length, (n + 1) * rows.length),
            (l * dMlp + n) * count + start,
          );
      });
    }
  } finally {
    tf.dispose(cacheTensors(cache));
  }
  return { predicted, activations };
}

/** Keys and values of (BOS, op1, operator) for each op1. */
function prefixCache(
  model: Model,
  tokens: PromptTokens,
  operator: Operator,
  firsts: readonly number[],
): KvCache {
  const ids = firsts.flatMap((op1) => [tokens.bos, tokens.numbers[op1] ?? 0, tokens.operators[operator]]);
  return scoped(() => {
    const input = tf.tensor2d(ids, [firsts.length, 3], 'int32');
    return forward(model, input, { positions: 'last', output: 'none' }).cache;
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

/** @returns predicted token of each row, and for each layer `mlp_post` at the last position as [d_mlp, rows] */
function batchPass(
  model: Model,
  cache: KvCache,
  rows: Int32Array,
  ids: Int32Array,
  layers: readonly LayerIndex[],
): { predicted: Int32Array; neurons: Float32Array[] } {
  const { predictions, neurons } = tf.tidy(() => {
    const recorded = new Map<LayerIndex, tf.Tensor>();
    const hook: Hook = ({ name, layer }, value) => {
      if (name === 'mlp_post' && layer !== null && layers.includes(layer)) {
        const [batch = 0, pos = 0, width = 0] = value.shape;
        const last = tf.reshape(tf.slice(value, [0, pos - 1, 0], [batch, 1, width]), [batch, width]);
        recorded.set(layer, tf.transpose(last));
      }
      return value;
    };
    // Prompts are sorted by op1, so a batch needs few of the prefixes, one after the other.
    const [first, last] = [Math.min(...rows), Math.max(...rows)];
    const near = rows.map((row) => row - first);
    const prefix = { cache: prefixRange(cache, first, last + 1), rows: tf.tensor1d(near, 'int32') };
    const { logits } = forward(model, tf.tensor2d(ids, [rows.length, 2], 'int32'), {
      prefix,
      hook,
      positions: 'last',
    });
    if (logits === null) throw new Error('the forward pass gave no logits');
    const predictions = tf.argMax(tf.reshape(logits, [rows.length, model.config.dVocab]), -1);
    return { predictions, neurons: layers.flatMap((layer) => recorded.get(layer) ?? []) };
  });
  const result = {
    predicted: Int32Array.from(predictions.dataSync()),
    neurons: neurons.map((tensor) => Float32Array.from(tensor.dataSync())),
  };
  tf.dispose([predictions, ...neurons]);
  return result;
}
