import * as tf from '@tensorflow/tfjs-core';
import { layerIndex } from '../domain/ids.js';
import type { ModelConfig } from '../domain/model-config.js';
import { NO_HOOK, type Hook, type HookName } from './hooks.js';
import { embed, gelu, linear, normalise, rowPicker } from './ops.js';
import { rotate, rotation, type Rotation } from './rotary.js';

/** A normalisation's gain and bias, each [d_model]. */
interface Norm {
  readonly w: tf.Tensor;
  readonly b: tf.Tensor;
}

/** Weights [d_model, d_model], columns head after head, and bias [d_model]. */
interface Projection {
  readonly w: tf.Tensor;
  readonly b: tf.Tensor;
}

interface Block {
  readonly ln1: Norm;
  readonly ln2: Norm;
  readonly q: Projection;
  readonly k: Projection;
  readonly v: Projection;
  /** [d_model, d_model] */
  readonly wO: tf.Tensor;
  readonly bO: tf.Tensor;
  /** [d_model, d_mlp] */
  readonly wIn: tf.Tensor;
  readonly bIn: tf.Tensor;
  /** [d_mlp, d_model] */
  readonly wOut: tf.Tensor;
  readonly bOut: tf.Tensor;
}

/** A GPT-NeoX with parallel residual (Black et al. 2022), its weights in the engine. */
export interface GptNeox {
  readonly config: ModelConfig;
  /** [d_vocab, d_model] */
  readonly wE: tf.Tensor;
  readonly blocks: readonly Block[];
  readonly lnFinal: Norm;
  /** [d_model, d_vocab] */
  readonly wU: tf.Tensor;
}

/**
 * Arranges named tensors (`W_E`, `blocks.0.W_in`, ...) as a model; the fused `W_QKV` and `b_QKV` become new tensors.
 * @param tensor gives the tensor of a name
 */
export function bindGptNeox(config: ModelConfig, tensor: (name: string) => tf.Tensor): GptNeox {
  const norm = (name: string): Norm => ({ w: tensor(`${name}.w`), b: tensor(`${name}.b`) });
  return {
    config,
    wE: tensor('W_E'),
    blocks: Array.from({ length: config.nLayers }, (_, l) => ({
      ln1: norm(`blocks.${l}.ln1`),
      ln2: norm(`blocks.${l}.ln2`),
      ...splitQkv(tensor(`blocks.${l}.W_QKV`), tensor(`blocks.${l}.b_QKV`)),
      wO: tensor(`blocks.${l}.W_O`),
      bO: tensor(`blocks.${l}.b_O`),
      wIn: tensor(`blocks.${l}.W_in`),
      bIn: tensor(`blocks.${l}.b_in`),
      wOut: tensor(`blocks.${l}.W_out`),
      bOut: tensor(`blocks.${l}.b_out`),
    })),
    lnFinal: norm('ln_final'),
    wU: tensor('W_U'),
  };
}

/** Separate products cost less on `wasm` than splitting a fused one, row by row. */
function splitQkv(w: tf.Tensor, b: tf.Tensor): Record<'q' | 'k' | 'v', Projection> {
  const [wQ, wK, wV] = tf.split(w, 3, 1);
  const [bQ, bK, bV] = tf.split(b, 3, 0);
  if (!wQ || !wK || !wV || !bQ || !bK || !bV) throw new Error('W_QKV did not split in three');
  return { q: { w: wQ, b: bQ }, k: { w: wK, b: bK }, v: { w: wV, b: bV } };
}

/** Rotated keys and values of earlier positions, one pair a layer, each [prefix, head, pos, d_head]. */
export interface KvCache {
  readonly positions: number;
  readonly layers: readonly { readonly k: tf.Tensor; readonly v: tf.Tensor }[];
}

export interface ForwardOptions {
  /** Earlier positions already computed: row b of the batch continues prefix `rows[b]` of the cache. */
  readonly prefix?: { readonly cache: KvCache; readonly rows: tf.Tensor1D };
  readonly hook?: Hook;
  /** `last`: from the last block's queries on, only the last position is computed (and seen by hooks). Default `all`. */
  readonly positions?: 'all' | 'last';
  /** `none` spares the final norm and the unembedding. Default `logits`. */
  readonly output?: 'logits' | 'none';
}

export interface ForwardResult {
  /** [batch, pos, d_vocab], or null with `output: 'none'`. */
  readonly logits: tf.Tensor | null;
  /** Keys and values of the positions of this pass, prefix included. */
  readonly cache: KvCache;
}

/**
 * Forward pass. Call it inside `tf.tidy`: intermediate tensors are the caller's to dispose.
 * @param tokens int32 [batch, pos], the positions after the prefix
 */
export function forward(model: GptNeox, tokens: tf.Tensor2D, options: ForwardOptions = {}): ForwardResult {
  const { config, blocks } = model;
  const hook = options.hook ?? NO_HOOK;
  const [, count] = tokens.shape;
  const offset = options.prefix?.cache.positions ?? 0;
  const turn = rotation(config, offset, count);
  const mask = causalMask(offset, count);
  const layers: KvCache['layers'][number][] = [];

  const pastOf = prefixReader(options.prefix);
  let resid = hook({ name: 'embed', layer: null }, embed(model.wE, tokens)); // [batch, pos, d_model]
  blocks.forEach((block, index) => {
    const layer = layerIndex(index);
    const at = (name: HookName, value: tf.Tensor): tf.Tensor => hook({ name, layer }, value);
    const lastOnly = options.positions === 'last' && layer === config.nLayers - 1;
    resid = at('resid_pre', resid);
    // Both branches of a parallel residual standardise the same x.
    const standard = normalise(resid, config.layerNormEps);
    const past = pastOf(layer);
    const attention = attend({ config, block, standard, turn, mask, past, lastOnly, at });
    layers.push(attention.kv);
    const own = lastOnly ? lastPosition(standard) : standard;
    const pre = at('mlp_pre', linear(scaleShift(own, block.ln2), block.wIn, block.bIn));
    const post = at('mlp_post', gelu(pre)); // [batch, pos, d_mlp]
    const mlpOut = at('mlp_out', linear(post, block.wOut, block.bOut));
    resid = tf.add(tf.add(lastOnly ? lastPosition(resid) : resid, attention.out), mlpOut);
    resid = at('resid_post', resid);
  });

  const cache = { positions: offset + count, layers };
  if (options.output === 'none') return { logits: null, cache };
  if (options.positions === 'last') resid = lastPosition(resid);
  const final = hook(
    { name: 'ln_final', layer: null },
    scaleShift(normalise(resid, config.layerNormEps), model.lnFinal),
  );
  return { logits: hook({ name: 'logits', layer: null }, linear(final, model.wU, null)), cache };
}

interface AttentionInput {
  readonly config: ModelConfig;
  readonly block: Block;
  /** [batch, pos, d_model], standardised, without the norm's gain and bias */
  readonly standard: tf.Tensor;
  readonly turn: Rotation;
  /** [pos, key], or null where every key is visible */
  readonly mask: tf.Tensor | null;
  readonly past: { readonly k: tf.Tensor; readonly v: tf.Tensor } | null;
  readonly lastOnly: boolean;
  readonly at: (name: HookName, value: tf.Tensor) => tf.Tensor;
}

function attend(input: AttentionInput): {
  out: tf.Tensor;
  kv: { k: tf.Tensor; v: tf.Tensor };
} {
  const { config, block, turn, at, past } = input;
  const { nHeads, dHead, dModel } = config;
  const [batch = 0, count = 0] = input.standard.shape;
  const normed = scaleShift(input.standard, block.ln1);
  const heads = ({ w, b }: Projection): tf.Tensor =>
    tf.reshape(linear(normed, w, b), [batch, count, nHeads, dHead]);
  let query = at('rot_q', rotate(at('q', heads(block.q)), turn));
  const key = tf.transpose(at('rot_k', rotate(at('k', heads(block.k)), turn)), [0, 2, 1, 3]); // (batch, head, pos, d_head)
  const value = tf.transpose(at('v', heads(block.v)), [0, 2, 1, 3]);
  const kv = past === null ? { k: key, v: value } : joined(past, key, value); // (batch, head, key, d_head)
  if (input.lastOnly) query = lastPosition(query);
  const scaled = tf.mul(tf.transpose(query, [0, 2, 1, 3]), 1 / Math.sqrt(dHead));
  const dots = tf.matMul(scaled, kv.k, false, true); // (batch, head, pos, key)
  const visible = input.mask === null || input.lastOnly ? dots : tf.add(dots, input.mask);
  const pattern = at('pattern', tf.softmax(at('attn_scores', visible)));
  const z = at('z', tf.transpose(tf.matMul(pattern, kv.v), [0, 2, 1, 3])); // (batch, pos, head, d_head)
  const flat = tf.reshape(z, [batch, input.lastOnly ? 1 : count, dModel]);
  return { out: at('attn_out', linear(flat, block.wO, block.bO)), kv };
}

type PastKv = KvCache['layers'][number];

/** Gives a layer's cached keys and values of each row's prefix, [batch, head, pos, d_head]; null without a prefix. */
function prefixReader(prefix: ForwardOptions['prefix']): (layer: number) => PastKv | null {
  if (prefix === undefined) return () => null;
  const { cache, rows } = prefix;
  const pick = rowPicker(rows, cache.layers[0]?.k.shape[0] ?? 0);
  return (layer) => {
    const past = cache.layers[layer];
    return past === undefined ? null : { k: pick(past.k), v: pick(past.v) };
  };
}

function joined(past: PastKv, k: tf.Tensor, v: tf.Tensor): PastKv {
  return { k: tf.concat([past.k, k], 2), v: tf.concat([past.v, v], 2) };
}

function scaleShift(standard: tf.Tensor, { w, b }: Norm): tf.Tensor {
  return tf.add(tf.mul(standard, w), b);
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
