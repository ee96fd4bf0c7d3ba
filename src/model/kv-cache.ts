import type * as tf from '@tensorflow/tfjs-core';
import type { LayerIndex } from '../domain/ids.js';
import { rowPicker } from './ops.js';

/** A layer's rotated keys and values, each [prefix, kv head, pos, d_head]. */
export interface LayerKv {
  readonly k: tf.Tensor;
  readonly v: tf.Tensor;
}

/** Keys and values of earlier positions; a pass that began at layer l has none below it. */
export interface KvCache {
  readonly positions: number;
  readonly layers: readonly (LayerKv | undefined)[];
}

/** Earlier positions already computed. */
export interface Prefix {
  readonly cache: KvCache;
  /** Row b of the batch continues prefix `rows[b]` of the cache; null: row b continues prefix b. */
  readonly rows: tf.Tensor1D | null;
  /**
   * The same as `rows` where the rows of a prefix stand together and prefixes are in the order of the cache: how many
   * rows each has. With it attention need not copy keys and values to each row.
   */
  readonly runs?: readonly number[];
}

/** The cached keys and values of a layer. @throws Error when there are none */
export function layerOf({ cache }: Prefix, layer: LayerIndex): LayerKv {
  const past = cache.layers[layer];
  if (past === undefined) throw new Error(`the prefix holds no keys and values of layer ${layer}`);
  return past;
}

/**
 * Copies a layer's cached keys and values to each row of the batch.
 * @param start the first layer that will be asked for
 * @returns [batch, kv head, pos, d_head]; null without a prefix
 */
export function prefixReader(
  prefix: Prefix | undefined,
  start: LayerIndex,
): (layer: LayerIndex) => LayerKv | null {
  if (prefix === undefined) return () => null;
  const { cache, rows } = prefix;
  const pick = rows === null ? (x: tf.Tensor) => x : rowPicker(rows, cache.layers[start]?.k.shape[0] ?? 0);
  return (layer) => {
    const past = layerOf(prefix, layer);
    return { k: pick(past.k), v: pick(past.v) };
  };
}
