import * as tf from '@tensorflow/tfjs-core';
import { layerIndex, type LayerIndex } from '../domain/ids.js';
import { PROMPT_LENGTH, type Prompt, type PromptPair } from '../domain/prompt.js';
import { forward } from '../model/forward.js';
import type { KvCache } from '../model/kv-cache.js';
import { hookOn, type HookName } from '../model/hooks.js';
import type { Model } from '../model/model.js';
import { POSITIONS, promptIds, type PromptTokens } from '../model/prompt-tokens.js';

/** What an unpatched run leaves for patched ones. */
export interface RecordedRun {
  /** Keys and values of all five positions, row b being prompt b. */
  readonly cache: KvCache;
  /** A recorded value at one position, [prompts, ...]; in the last block only the last position was computed. */
  readonly at: (name: HookName, layer: LayerIndex, position: number) => tf.Tensor;
  /** A recorded value at the positions from one on, [prompts, positions, ...]. */
  readonly from: (name: HookName, layer: LayerIndex, position: number) => tf.Tensor;
  readonly tensors: readonly tf.Tensor[];
}

/** Both runs of some prompt pairs; `tensors` are what must outlive the scope. */
export interface PairRuns {
  readonly pairs: number;
  readonly clean: RecordedRun;
  readonly corrupted: RecordedRun;
  readonly tensors: readonly tf.Tensor[];
}

/**
 * Runs the clean and the corrupted prompts of some pairs and records named values of every layer. Call it in a scope.
 * Cost: two forward passes of five tokens a pair, the last block at the last position only, without the unembedding.
 * @throws RangeError when a number of a prompt is not a single token
 */
export function recordPairs(
  model: Model,
  tokens: PromptTokens,
  pairs: readonly PromptPair[],
  names: readonly HookName[],
): PairRuns {
  const record = (prompts: readonly Prompt[]): RecordedRun =>
    recordRun(model, promptIds(tokens, prompts), names);
  const clean = record(pairs.map((pair) => pair.clean));
  const corrupted = record(pairs.map((pair) => pair.corrupted));
  return { pairs: pairs.length, clean, corrupted, tensors: [...clean.tensors, ...corrupted.tensors] };
}

/** @param ids [prompts x 5] */
function recordRun(model: Model, ids: Int32Array, names: readonly HookName[]): RecordedRun {
  const prompts = ids.length / PROMPT_LENGTH;
  const values = new Map<string, tf.Tensor>();
  const { cache } = forward(model, tf.tensor2d(ids, [prompts, PROMPT_LENGTH], 'int32'), {
    positions: 'last',
    output: 'none',
    hook: hookOn(names, ({ name, layer }, value) => {
      if (layer !== null) values.set(`${name}.${layer}`, value);
      return value;
    }),
  });
  const lastLayer = layerIndex(model.blocks.length - 1);
  const from: RecordedRun['from'] = (name, layer, position) => {
    const value = values.get(`${name}.${layer}`);
    if (value === undefined) throw new Error(`${name} of layer ${layer} was not recorded`);
    const [rows = 0, count = 0, ...rest] = value.shape;
    // resid_pre is all that is computed at every position of the last block.
    const first = layer === lastLayer && name !== 'resid_pre' ? position - POSITIONS.equals : position;
    if (first < 0) throw new RangeError(`${name} of the last layer is not computed at position ${position}`);
    return tf.slice(value, [0, first, ...rest.map(() => 0)], [rows, count - first, ...rest]);
  };
  return {
    cache,
    from,
    at: (name, layer, position) => {
      const tail = from(name, layer, position);
      const [rows = 0, , ...rest] = tail.shape;
      return tf.reshape(tf.slice(tail, [0, 0, ...rest.map(() => 0)], [rows, 1, ...rest]), [rows, ...rest]);
    },
    tensors: [...values.values(), ...cache.layers.flatMap((kv) => (kv === undefined ? [] : [kv.k, kv.v]))],
  };
}
