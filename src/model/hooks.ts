import * as tf from '@tensorflow/tfjs-core';
import type { LayerIndex } from '../domain/ids.js';

/**
 * Hook points of a forward pass, named as in TransformerLens, with their shapes.
 * `pos` is the number of positions computed (see `forward`), `key` counts a cached prefix too.
 */
export const HOOK_SHAPES = {
  embed: '[batch, pos, d_model]',
  resid_pre: '[batch, pos, d_model]',
  q: '[batch, pos, head, d_head], before the rotation',
  k: '[batch, pos, kv head, d_head], before the rotation',
  v: '[batch, pos, kv head, d_head]',
  rot_q: '[batch, pos, head, d_head]',
  rot_k: '[batch, pos, kv head, d_head]',
  attn_scores: '[batch, head, pos, key], scaled and masked',
  pattern: '[batch, head, pos, key]',
  z: '[batch, pos, head, d_head], before W_O',
  attn_out: '[batch, pos, d_model]',
  resid_mid: '[batch, pos, d_model], between attention and MLP; not where both read resid_pre',
  mlp_pre: '[batch, pos, d_mlp], before the non-linearity; the gate of a gated MLP',
  mlp_pre_linear: '[batch, pos, d_mlp], what the gate multiplies; gated MLPs only',
  mlp_post: '[batch, pos, d_mlp], after the non-linearity, and after the product of a gated MLP',
  mlp_out: '[batch, pos, d_model]',
  resid_post: '[batch, pos, d_model]',
  ln_final: '[batch, pos, d_model], after gain and bias',
  logits: '[batch, pos, d_vocab]',
} as const;

export type HookName = keyof typeof HOOK_SHAPES;

/** Where in the model a value stands; `layer` is null outside the blocks. */
export interface HookPoint {
  readonly name: HookName;
  readonly layer: LayerIndex | null;
}

/**
 * Called at every hook point with the value there; what it returns takes the value's place (return it unchanged to
 * only read). A tensor to keep beyond the pass must be kept with `tf.keep`, and so must one that the hook makes and keeps.
 */
export interface Hook {
  (point: HookPoint, value: tf.Tensor): tf.Tensor;
  /** The points that it looks at, all where it is not set: values that nobody looks at need not be computed. */
  readonly points?: ReadonlySet<HookName>;
  /**
   * Whether it holds on to the values that it is given, so that they must outlive their block; else all that a block
   * made is freed with it. Default true.
   */
  readonly holds?: boolean;
}

/** A hook that is called at some points only. */
export function hookOn(names: readonly HookName[], hook: Hook, options: Pick<Hook, 'holds'> = {}): Hook {
  const points = new Set(names);
  const chosen: Hook = (point, value) => (points.has(point.name) ? hook(point, value) : value);
  return Object.assign(chosen, { points, ...options });
}

/** Whether a hook looks at points of a name. */
export function looksAt({ points }: Hook, name: HookName): boolean {
  return points?.has(name) ?? true;
}

/** A hook that changes nothing. */
export const NO_HOOK: Hook = hookOn([], (_point, value) => value);

/**
 * A hook that replaces one value at chosen positions (counted among those computed) and leaves the rest alone.
 * @param replacement same shape as the value there, or broadcastable to it
 */
export function replaceAt(point: HookPoint, positions: readonly number[], replacement: tf.Tensor): Hook {
  return ({ name, layer }, value) => {
    if (name !== point.name || layer !== point.layer) return value;
    const count = value.shape[1] ?? 0;
    const chosen = Float32Array.from({ length: count }, (_, p) => (positions.includes(p) ? 1 : 0));
    const mask = tf.tensor(chosen, [1, count, ...value.shape.slice(2).map(() => 1)]);
    return tf.add(tf.mul(value, tf.sub(1, mask)), tf.mul(replacement, mask));
  };
}
