import * as tf from '@tensorflow/tfjs-core';
import type { LayerIndex } from '../domain/ids.js';
import { forward, type ResidualStart } from '../model/forward.js';
import type { KvCache, Prefix } from '../model/kv-cache.js';
import { NO_HOOK, type Hook } from '../model/hooks.js';
import type { Model } from '../model/model.js';

/** One run after the other, each over all pairs: [pairs, ...] to [times x pairs, ...]. */
export function repeatRuns(x: tf.Tensor, times: number): tf.Tensor {
  return times === 1 ? x : tf.concat(Array<tf.Tensor>(times).fill(x), 0);
}

export interface PatchedRun {
  /** The layer whose `resid_pre` is given, [times x pairs, pos, d_model]; d_layers: nothing is left to run. */
  readonly start: ResidualStart;
  /** Keys and values of the unpatched run, [pairs, ...], all positions. */
  readonly clean: KvCache;
  /** First position of the run; keys and values before it are the unpatched run's. */
  readonly position: number;
  /** How often the pairs stand one after the other in the rows. */
  readonly times: number;
  readonly hook?: Hook;
}

/**
 * Runs the blocks above a patch.
 * @returns the last layer's `resid_post` at the last position, [times x pairs, d_model]
 */
export function runPatched(
  model: Model,
  { start, clean, position, times, hook = NO_HOOK }: PatchedRun,
): tf.Tensor {
  const prefix = prefixOf(clean, start.layer, position, times);
  const { resid: final } =
    start.layer >= model.blocks.length
      ? start
      : forward(model, start, { prefix, positions: 'last', output: 'none', hook, cache: false });
  const [rows = 0, count = 0, width = 0] = final.shape;
  if (count !== 1) throw new RangeError(`a run ends at one position, not at ${count}`);
  return tf.reshape(final, [rows, width]);
}

/** The first positions of a cache, for layers from `first` on. */
function prefixOf(cache: KvCache, first: LayerIndex, positions: number, times: number): Prefix {
  const part = (x: tf.Tensor): tf.Tensor => {
    const [rows = 0, heads = 0, , width = 0] = x.shape;
    return repeatRuns(tf.slice(x, [0, 0, 0, 0], [rows, heads, positions, width]), times);
  };
  const layers = cache.layers.map((kv, layer) =>
    kv === undefined || layer < first ? undefined : { k: part(kv.k), v: part(kv.v) },
  );
  return { cache: { positions, layers }, rows: null };
}
