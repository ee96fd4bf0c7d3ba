import * as tf from '@tensorflow/tfjs-core';
import type { LayerIndex } from '../domain/ids.js';
import { mlpBranch } from '../model/forward.js';
import type { HookName } from '../model/hooks.js';
import type { Block, Model } from '../model/model.js';
import type { PairRuns } from './recorded-run.js';

/** What patching of components reads of both runs, beside `resid_post`. */
export function componentHooks({ parallelResidual }: Model): HookName[] {
  return parallelResidual ? ['z', 'mlp_out'] : ['z', 'mlp_out', 'resid_mid'];
}

export interface PatchedParts {
  readonly layer: LayerIndex;
  readonly position: number;
  /** Part 0 is the MLP, part h + 1 head h; the parts from `first` up to, not including, `end` are patched. */
  readonly first: number;
  readonly end: number;
}

/**
 * `resid_post` of the patched position, one component patched at a time. Replacing a head's `z` changes `attn_out` by
 * (z' - z) W_O[head]; in a sequential model the same block's MLP reads that change.
 * @returns [parts x pairs, 1, d_model]
 */
export function patchedResiduals(
  model: Model,
  runs: PairRuns,
  { layer, position, first, end }: PatchedParts,
): tf.Tensor {
  const block = model.blocks[layer];
  if (block === undefined) throw new RangeError(`layer ${layer} of a model with ${model.blocks.length}`);
  const clean = (name: HookName): tf.Tensor => runs.clean.at(name, layer, position);
  const change = (name: HookName): tf.Tensor => tf.sub(runs.corrupted.at(name, layer, position), clean(name));
  const parts: tf.Tensor[] = [];
  if (first === 0) parts.push(tf.add(clean('resid_post'), change('mlp_out')));
  const heads = { first: Math.max(0, first - 1), end: end - 1 };
  if (heads.end > heads.first) {
    const written = headChanges(block, change('z'), heads);
    if (model.parallelResidual) parts.push(tf.add(written, clean('resid_post')));
    else {
      const mid = tf.add(written, clean('resid_mid'));
      parts.push(tf.add(mid, mlpBranch(block, model.standardise(mid))));
    }
  }
  const [, width = 0] = clean('resid_post').shape;
  return tf.concat(
    parts.map((part) => tf.reshape(part, [-1, 1, width])),
    0,
  );
}

/** @param change [pairs, head, d_head], z' - z @returns [heads, pairs, d_model] */
function headChanges(block: Block, change: tf.Tensor, heads: { first: number; end: number }): tf.Tensor {
  const [pairs = 0, , dHead = 0] = change.shape;
  const [, width = 0] = block.o.w.shape;
  const count = heads.end - heads.first;
  const own = tf.slice(change, [0, heads.first, 0], [pairs, count, dHead]);
  const wO = tf.slice(block.o.w, [heads.first * dHead, 0], [count * dHead, width]);
  return tf.matMul(tf.transpose(own, [1, 0, 2]), tf.reshape(wO, [count, dHead, width]));
}
