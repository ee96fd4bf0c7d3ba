import * as tf from '@tensorflow/tfjs-core';
import { tensorsOf, type BindOptions, type Gain, type Projection } from './model.js';

/**
 * Moves a norm's gain and bias into the projection that reads it, so that no pass over activations is spent on them:
 * scale ((x g + c) W + b) = x (scale g W) + scale (c W + b).
 * @returns new tensors, of the shapes of the projection; with a bias where either has one
 */
function foldGain({ w, b }: Projection, gain: Gain, scale = 1): Projection {
  const rows = tf.tidy(() => tf.mul(w, tf.reshape(tf.mul(gain.w, scale), [-1, 1])));
  if (gain.b === null) return { w: rows, b: b === null ? null : tf.mul(b, scale) };
  const moved = tf.reshape(gain.b, [1, -1]);
  const bias = tf.tidy(() => {
    const own = tf.reshape(tf.matMul(moved, w), [-1]);
    return tf.mul(b === null ? own : tf.add(own, b), scale);
  });
  return { w: rows, b: bias };
}

/** What folds norms where `options` ask for it, and leaves everything as it is where they do not. */
export interface Folder {
  /** The projection with the norm that it reads folded in, and scaled then; spends the projection. */
  into(projection: Projection, gain: Gain, scale?: number): Projection;
  /** What is left of a norm that everything is folded into: nothing. */
  rest(gain: Gain): Gain | null;
}

export function folder({ folded = false, spent = () => undefined }: BindOptions): Folder {
  if (!folded) return { into: (projection) => projection, rest: (gain) => gain };
  return {
    into: (projection, gain, scale) => {
      const made = foldGain(projection, gain, scale);
      tensorsOf(projection).forEach(spent);
      return made;
    },
    rest: (gain) => {
      tensorsOf(gain).forEach(spent);
      return null;
    },
  };
}
