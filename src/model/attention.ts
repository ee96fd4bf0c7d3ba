import * as tf from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../domain/model-config.js';
import type { LayerKv } from './kv-cache.js';
import type { At, Block, Projection } from './model.js';
import { lastPosition, project, scaleShift } from './ops.js';
import { lastTurns, rotate, type Rotation } from './rotary.js';
import type { PrefixAttention } from './prefix-attention.js';

/** What the attention of one block reads. */
export interface AttentionInput {
  readonly config: ModelConfig;
  readonly block: Block;
  /** [batch, pos, d_model], standardised, without the norm's gain and bias */
  readonly standard: tf.Tensor;
  /** Only the last position asks. */
  readonly lastOnly: boolean;
  readonly turn: Rotation;
  /** [pos, key], or null where every key is visible */
  readonly mask: tf.Tensor | null;
  /** Keys and values of earlier positions. */
  readonly past: Past;
  readonly at: At;
}

/** Copied to each row, or as they are, with what reads them so. */
export type Past =
  | { readonly kind: 'copied'; readonly kv: LayerKv | null }
  | { readonly kind: 'shared'; readonly kv: LayerKv; readonly attention: PrefixAttention };

/** What one block's attention gives. */
export interface Attended {
  /** [batch, pos, heads x d_head], before W_O */
  readonly z: tf.Tensor;
  /** Keys and values of this pass with those before it; null where earlier ones are shared. */
  readonly kv: LayerKv | null;
}

/** Multi-head attention of one block, up to W_O. */
export function attend(input: AttentionInput): Attended {
  const { config, block, past, at } = input;
  const { nHeads, dHead } = config;
  const normed = scaleShift(input.standard, block.ln1);
  const { z, kv } =
    past.kind === 'shared' ? mixShared(input, normed, past) : mixCopied(input, normed, past.kv);
  if (!at.looks('z')) return { z, kv };
  const [batch = 0, queries = 0] = z.shape;
  const seen = at('z', tf.reshape(z, [batch, queries, nHeads, dHead]));
  return { z: tf.reshape(seen, z.shape), kv };
}

/** Rows that share prefixes, position by position, which spares copies of parts. @returns z, [batch, pos, heads x d_head] */
function mixShared(
  { block, lastOnly }: AttentionInput,
  normed: tf.Tensor,
  { kv, attention }: Extract<Past, { kind: 'shared' }>,
): { z: tf.Tensor; kv: null } {
  const each = tf.unstack(normed, 1); // (batch, d_model)
  const of = (projection: Projection, inputs = each): tf.Tensor[] =>
    inputs.map((x) => project(x, projection));
  const q = of(block.q, lastOnly ? each.slice(-1) : each);
  const z = attention({ q, k: of(block.k), v: of(block.v), past: kv });
  return { z: tf.stack(z, 1), kv: null };
}

/** Each row against keys and values of its own. @returns z, [batch, pos, heads x d_head] */
function mixCopied(
  { config, block, turn, mask, lastOnly, at }: AttentionInput,
  normed: tf.Tensor,
  past: LayerKv | null,
): { z: tf.Tensor; kv: LayerKv } {
  const { nHeads, nKvHeads, dHead } = config;
  const heads = (x: tf.Tensor, projection: Projection, n: number): tf.Tensor =>
    tf.reshape(project(x, projection), [...x.shape.slice(0, 2), n, dHead]);
  const q = at('q', heads(lastOnly ? lastPosition(normed) : normed, block.q, nHeads));
  const [batch = 0, queries = 0] = q.shape;
  const k = at('k', heads(normed, block.k, nKvHeads));
  const query = at('rot_q', rotate(q, lastTurns(turn, queries)));
  const key = tf.transpose(at('rot_k', rotate(k, turn)), [0, 2, 1, 3]); // (batch, kv head, pos, d_head)
  const value = tf.transpose(at('v', heads(normed, block.v, nKvHeads)), [0, 2, 1, 3]);
  const kv = past === null ? { k: key, v: value } : joined(past, key, value); // (batch, kv head, key, d_head)
  // Heads that share keys are neighbours, so their queries are rows of one product: no key is copied.
  const grouped = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [batch, nKvHeads, -1, x.shape[3] ?? 0]);
  const apart = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [batch, nHeads, queries, x.shape[3] ?? 0]);
  const scaled = tf.mul(tf.transpose(query, [0, 2, 1, 3]), 1 / Math.sqrt(dHead));
  const dots = apart(tf.matMul(grouped(scaled), kv.k, false, true)); // (batch, head, pos, key)
  const visible = mask === null || lastOnly ? dots : tf.add(dots, mask);
  const pattern = at('pattern', tf.softmax(at('attn_scores', visible)));
  const mixed = apart(tf.matMul(grouped(pattern), kv.v)); // (batch, head, pos, d_head)
  const z = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch, queries, nHeads * dHead]);
  return { z, kv };
}

function joined(past: LayerKv, k: tf.Tensor, v: tf.Tensor): LayerKv {
  return { k: tf.concat([past.k, k], 2), v: tf.concat([past.v, v], 2) };
}
