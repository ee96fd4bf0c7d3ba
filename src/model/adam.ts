import * as tf from '@tensorflow/tfjs-core';

/** Running means of the gradient and of its square, of one shape. */
export interface AdamMoments {
  readonly m: tf.Tensor;
  readonly v: tf.Tensor;
}

export interface AdamSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/**
 * What Adam takes off the parameters at one update (Kingma and Ba 2015, algorithm 1). Call inside `tf.tidy`.
 * @param gradient of the moments' shape
 * @param rate learning rate of this update
 * @param update number of this update, from 1
 * @returns the new moments and the step; the old moments are the caller's to dispose
 */
export function adamStep(
  moments: AdamMoments,
  gradient: tf.Tensor,
  { beta1, beta2, epsilon }: AdamSettings,
  rate: number,
  update: number,
): AdamMoments & { readonly step: tf.Tensor } {
  const m = tf.add(tf.mul(moments.m, beta1), tf.mul(gradient, 1 - beta1));
  const v = tf.add(tf.mul(moments.v, beta2), tf.mul(tf.square(gradient), 1 - beta2));
  const unbiasedM = tf.mul(m, rate / (1 - beta1 ** update));
  const unbiasedV = tf.mul(v, 1 / (1 - beta2 ** update));
  return { m, v, step: tf.div(unbiasedM, tf.add(tf.sqrt(unbiasedV), epsilon)) };
}
