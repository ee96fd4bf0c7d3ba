import * as tf from '@tensorflow/tfjs-core';
import { attend, type AttentionInput, type Attended, type Past } from './attention.js';
import { layerIndex, type LayerIndex } from '../domain/ids.js';
import type { ModelConfig } from '../domain/model-config.js';
import { looksAt, NO_HOOK, type Hook, type HookName } from './hooks.js';
import { layerOf, prefixReader, type KvCache, type LayerKv, type Prefix } from './kv-cache.js';
import { AT_NONE, type At, type Block, type Model } from './model.js';
import { embed, lastPosition, linear, project, scaleShift } from './ops.js';
import { prefixAttention, worthSharing } from './prefix-attention.js';
import { rotation } from './rotary.js';
import { within } from './scope.js';

/** A pass that begins inside the model: the layer whose `resid_pre` is given, [batch, pos, d_model]. */
export interface ResidualStart {
  readonly layer: LayerIndex;
  readonly resid: tf.Tensor;
}

export interface ForwardOptions {
  readonly prefix?: Prefix;
  readonly hook?: Hook;
  /** `last`: from the last block's queries on, only the last position is computed (and seen by hooks). Default `all`. */
  readonly positions?: 'all' | 'last';
  /** `none` spares the final norm and the unembedding. Default `logits`. */
  readonly output?: 'logits' | 'none';
  /** Whether the keys and values are wanted; else the result has none. Default true. */
  readonly cache?: boolean;
}

export interface ForwardResult {
  /** [batch, pos, d_vocab], or null with `output: 'none'`. */
  readonly logits: tf.Tensor | null;
  /** The last block's `resid_post`, [batch, pos, d_model]. */
  readonly resid: tf.Tensor;
  /** Keys and values of the positions of this pass, prefix included. */
  readonly cache: KvCache;
}

/**
 * Forward pass. Call it inside `tf.tidy`: intermediate tensors are the caller's to dispose.
 * @param input int32 tokens [batch, pos] of the positions after the prefix, or the residual stream of those positions
 *   at some layer: patched runs start there
 */
export function forward(
  model: Model,
  input: tf.Tensor2D | ResidualStart,
  options: ForwardOptions = {},
): ForwardResult {
  const { config, blocks } = model;
  const hook = options.hook ?? NO_HOOK;
  const start = input instanceof tf.Tensor ? layerIndex(0) : input.layer;
  let resid = // (batch, pos, d_model)
    input instanceof tf.Tensor ? hook({ name: 'embed', layer: null }, embed(model.wE, input)) : input.resid;
  const [, count = 0] = resid.shape;
  const offset = options.prefix?.cache.positions ?? 0;
  const turn = rotation(config, offset, count);
  const mask = causalMask(offset, count);
  const pastOf = pastReader(config, start, count, options);
  const keepCache = options.cache !== false;
  const layers: (LayerKv | undefined)[] = Array.from({ length: start }, () => undefined);

  for (let layer = start; layer < blocks.length; layer = layerIndex(layer + 1)) {
    const block = blocks[layer];
    if (block === undefined) break;
    const lastOnly = options.positions === 'last' && layer === blocks.length - 1;
    const held: tf.Tensor[] = [];
    const at = pointsOf(hook, layer, held);
    // What a block makes is freed with it: memory does not grow with the layers.
    const after = within(
      () => blockPass({ model, block, resid, turn, mask, past: pastOf(layer), lastOnly, at }),
      ({ resid: next, kv }) => [next, ...(keepCache && kv !== null ? [kv.k, kv.v] : []), ...held],
    );
    resid = after.resid;
    layers.push((keepCache ? after.kv : null) ?? undefined);
  }

  const cache = { positions: offset + count, layers };
  if (options.output === 'none') return { logits: null, resid, cache };
  const read = options.positions === 'last' ? lastPosition(resid) : resid;
  return { logits: unembed(model, read, hook), resid, cache };
}

interface BlockInput extends Omit<AttentionInput, 'config' | 'standard'> {
  readonly model: Model;
  /** [batch, pos, d_model] */
  readonly resid: tf.Tensor;
}

/** One block. @returns `resid_post`, and the keys and values of this pass with those before it, as `attend` gives them */
function blockPass({
  model,
  resid: given,
  ...input
}: BlockInput): Pick<Attended, 'kv'> & { resid: tf.Tensor } {
  const { block, lastOnly, at } = input;
  const resid = at('resid_pre', given);
  const standard = model.standardise(resid);
  const { z, kv } = attend({ config: model.config, standard, ...input });
  const own = lastOnly ? lastPosition(resid) : resid;
  if (!model.parallelResidual) {
    const mid = at('resid_mid', tf.add(own, at('attn_out', project(z, block.o))));
    return { resid: at('resid_post', tf.add(mid, mlpBranch(block, model.standardise(mid), at))), kv };
  }
  // Branches of a parallel residual standardise the same x, so once is enough.
  const forMlp = lastOnly ? lastPosition(standard) : standard;
  const branches = [at('attn_out', project(z, block.o)), mlpBranch(block, forMlp, at)];
  return { resid: at('resid_post', tf.addN([own, ...branches])), kv };
}

/** What a block's MLP adds. @param standard [batch, pos, d_model], standardised, without the norm's gain and bias */
export function mlpBranch(block: Block, standard: tf.Tensor, at: At = AT_NONE): tf.Tensor {
  const post = block.neurons(scaleShift(standard, block.ln2), at); // (batch, pos, d_mlp)
  return at('mlp_out', project(post, block.out));
}

/** Final norm and unembedding. @param resid [..., d_model] @returns [..., d_vocab] */
export function unembed(model: Model, resid: tf.Tensor, hook: Hook = NO_HOOK): tf.Tensor {
  const final = hook({ name: 'ln_final', layer: null }, finalNorm(model, resid));
  return hook({ name: 'logits', layer: null }, linear(final, model.wU, null));
}

/** What the unembedding reads. @param resid [..., d_model] @returns the same shape */
export function finalNorm(model: Model, resid: tf.Tensor): tf.Tensor {
  return scaleShift(model.standardise(resid), model.lnFinal);
}

/** Points inside attention that are not computed where prefixes are shared. */
const INSIDE_ATTENTION = [
  'q',
  'k',
  'v',
  'rot_q',
  'rot_k',
  'attn_scores',
  'pattern',
] as const satisfies readonly HookName[];

/** What the attention of each layer reads of earlier positions. */
function pastReader(
  config: ModelConfig,
  start: LayerIndex,
  positions: number,
  { prefix, hook = NO_HOOK, cache }: ForwardOptions,
): (layer: LayerIndex) => Past {
  const runs = prefix?.runs;
  const shared =
    runs !== undefined &&
    cache === false &&
    worthSharing(runs) &&
    !INSIDE_ATTENTION.some((name) => looksAt(hook, name));
  if (prefix === undefined || !shared) {
    const read = prefixReader(prefix, start);
    return (layer) => ({ kind: 'copied', kv: read(layer) });
  }
  const attention = prefixAttention({ config, runs, past: prefix.cache.positions, positions });
  return (layer) => ({ kind: 'shared', kv: layerOf(prefix, layer), attention });
}

/** The points of one block. @param held takes the values that the hook may hold on to */
function pointsOf(hook: Hook, layer: LayerIndex, held: tf.Tensor[]): At {
  const report = (name: HookName, value: tf.Tensor): tf.Tensor => {
    const result = hook({ name, layer }, value);
    if (hook.holds !== false && looksAt(hook, name)) held.push(value, result);
    return result;
  };
  return Object.assign(report, { looks: (name: HookName) => looksAt(hook, name) });
}

/** 0 where query `offset + i` may see key j, else -1e9; null when it sees all. @returns [count, offset + count] */
function causalMask(offset: number, count: number): tf.Tensor | null {
  if (count === 1) return null;
  const keys = offset + count;
  const mask = new Float32Array(count * keys);
  for (let i = 0; i < count; i++) mask.fill(-1e9, i * keys + offset + i + 1, (i + 1) * keys);
  return tf.tensor(mask, [count, keys]);
}
