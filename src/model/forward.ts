import * as tf from '@tensorflow/tfjs-core';
import { layerIndex, type LayerIndex } from '../domain/ids.js';
import type { ModelConfig } from '../domain/model-config.js';
import { looksAt, NO_HOOK, type Hook, type HookName } from './hooks.js';
import { AT_NONE, type At, type Block, type Gain, type Model, type Projection } from './model.js';
import { embed, linear, rowPicker } from './ops.js';
import { rotate, rotation, type Rotation } from './rotary.js';
import { within } from './scope.js';

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
}

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
  const pastOf = prefixReader(options.prefix, start);
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
      (pass) => [pass.resid, ...(keepCache ? [pass.kv.k, pass.kv.v] : []), ...held],
    );
    resid = after.resid;
    layers.push(keepCache ? after.kv : undefined);
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

/** One block. @returns `resid_post`, and the keys and values of this pass with those before it */
function blockPass({ model, resid: given, ...input }: BlockInput): { resid: tf.Tensor; kv: LayerKv } {
  const { block, lastOnly, at } = input;
  const resid = at('resid_pre', given);
  const standard = model.standardise(resid);
  const attention = attend({ config: model.config, standard, ...input });
  const own = lastOnly ? lastPosition(resid) : resid;
  const sum = tf.add(own, attention.out);
  const mid = model.parallelResidual ? sum : at('resid_mid', sum);
  // Branches of a parallel residual standardise the same x, so once is enough.
  const forMlp = model.parallelResidual
    ? lastOnly
      ? lastPosition(standard)
      : standard
    : model.standardise(mid);
  return { resid: at('resid_post', tf.add(mid, mlpBranch(block, forMlp, at))), kv: attention.kv };
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

interface AttentionInput {
  readonly config: ModelConfig;
  readonly block: Block;
  /** [batch, pos, d_model], standardised, without the norm's gain and bias */
  readonly standard: tf.Tensor;
  readonly turn: Rotation;
  /** [pos, key], or null where every key is visible */
  readonly mask: tf.Tensor | null;
  readonly past: LayerKv | null;
  readonly lastOnly: boolean;
  readonly at: At;
}

function attend(input: AttentionInput): { out: tf.Tensor; kv: LayerKv } {
  const { config, block, turn, at, past } = input;
  const { nHeads, nKvHeads, dHead } = config;
  const [batch = 0, count = 0] = input.standard.shape;
  const normed = scaleShift(input.standard, block.ln1);
  const heads = (projection: Projection, n: number): tf.Tensor =>
    tf.reshape(project(normed, projection), [batch, count, n, dHead]);
  const allQueries = at('rot_q', rotate(at('q', heads(block.q, nHeads)), turn));
  const key = tf.transpose(at('rot_k', rotate(at('k', heads(block.k, nKvHeads)), turn)), [0, 2, 1, 3]); // (batch, kv head, pos, d_head)
  const value = tf.transpose(at('v', heads(block.v, nKvHeads)), [0, 2, 1, 3]);
  const kv = past === null ? { k: key, v: value } : joined(past, key, value); // (batch, kv head, key, d_head)
  const query = input.lastOnly ? lastPosition(allQueries) : allQueries;
  const [, queries = 0] = query.shape;
  // Heads that share keys are neighbours, so their queries are rows of one product: no key is copied.
  const grouped = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [batch, nKvHeads, -1, x.shape[3] ?? 0]);
  const apart = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [batch, nHeads, queries, x.shape[3] ?? 0]);
  const scaled = tf.mul(tf.transpose(query, [0, 2, 1, 3]), 1 / Math.sqrt(dHead));
  const dots = apart(tf.matMul(grouped(scaled), kv.k, false, true)); // (batch, head, pos, key)
  const visible = input.mask === null || input.lastOnly ? dots : tf.add(dots, input.mask);
  const pattern = at('pattern', tf.softmax(at('attn_scores', visible)));
  const mixed = apart(tf.matMul(grouped(pattern), kv.v)); // (batch, head, pos, d_head)
  const z = at('z', tf.transpose(mixed, [0, 2, 1, 3])); // (batch, pos, head, d_head)
  const flat = tf.reshape(z, [batch, queries, nHeads * dHead]);
  return { out: at('attn_out', project(flat, block.o)), kv };
}

/** Gives a layer's cached keys and values of each row's prefix, [batch, head, pos, d_head]; null without a prefix. */
function prefixReader(prefix: Prefix | undefined, start: LayerIndex): (layer: LayerIndex) => LayerKv | null {
  if (prefix === undefined) return () => null;
  const { cache, rows } = prefix;
  const pick = rows === null ? (x: tf.Tensor) => x : rowPicker(rows, cache.layers[start]?.k.shape[0] ?? 0);
  return (layer) => {
    const past = cache.layers[layer];
    if (past === undefined) throw new Error(`the prefix holds no keys and values of layer ${layer}`);
    return { k: pick(past.k), v: pick(past.v) };
  };
}

function joined(past: LayerKv, k: tf.Tensor, v: tf.Tensor): LayerKv {
  return { k: tf.concat([past.k, k], 2), v: tf.concat([past.v, v], 2) };
}

function project(x: tf.Tensor, { w, b }: Projection): tf.Tensor {
  return linear(x, w, b);
}

/** @param gain null where it is folded into what reads the norm */
function scaleShift(standard: tf.Tensor, gain: Gain | null): tf.Tensor {
  if (gain === null) return standard;
  const scaled = tf.mul(standard, gain.w);
  return gain.b === null ? scaled : tf.add(scaled, gain.b);
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

/** [batch, pos, ...] to [batch, 1, ...] */
function lastPosition(x: tf.Tensor): tf.Tensor {
  const [, count = 0, ...rest] = x.shape;
  if (count === 1) return x;
  return tf.slice(x, [0, count - 1, ...rest.map(() => 0)], [-1, 1, ...rest]);
}

/** 0 where query `offset + i` may see key j, else -1e9; null when it sees all. @returns [count, offset + count] */
function causalMask(offset: number, count: number): tf.Tensor | null {
  if (count === 1) return null;
  const keys = offset + count;
  const mask = new Float32Array(count * keys);
  for (let i = 0; i < count; i++) mask.fill(-1e9, i * keys + offset + i + 1, (i + 1) * keys);
  return tf.tensor(mask, [count, keys]);
}
