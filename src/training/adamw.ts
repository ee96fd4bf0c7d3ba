import * as tf from '@tensorflow/tfjs-core';
import { adamStep, type AdamMoments } from '../model/adam.js';
import type { Recipe } from './recipe.js';

/** Parameters and moments, all parameters laid end to end, each [n]. */
export interface OptimiserState extends AdamMoments {
  readonly parameters: tf.Tensor;
}

/** Learning rate of an update (counted from 1): linear warm-up, then cosine to `finalShare` of the peak. */
export function learningRate({ optimiser, steps }: Recipe, update: number): number {
  const { learningRate: peak, warmupSteps, finalShare } = optimiser;
  if (update <= warmupSteps) return (peak * update) / warmupSteps;
  const progress = (update - warmupSteps) / Math.max(1, steps - warmupSteps);
  return peak * (finalShare + (1 - finalShare) * 0.5 * (1 + Math.cos(Math.PI * progress)));
}

/**
 * One AdamW update with decoupled weight decay (Loshchilov and Hutter 2019), after clipping the gradient's norm.
 * Call inside `tf.tidy`.
 * @param gradient [n]
 * @param decayMask [n] 1 where weight decay applies
 * @param update number of this update, from 1
 * @returns the new state; the old one is the caller's to dispose
 */
export function adamwUpdate(
  state: OptimiserState,
  gradient: tf.Tensor,
  decayMask: tf.Tensor,
  recipe: Recipe,
  update: number,
): OptimiserState {
  const { weightDecay, clipNorm } = recipe.optimiser;
  const rate = learningRate(recipe, update);
  const norm = tf.sqrt(tf.sum(tf.square(gradient)));
  const clipped = tf.mul(gradient, tf.minimum(1, tf.div(clipNorm, tf.add(norm, 1e-6))));
  const { m, v, step } = adamStep(state, clipped, recipe.optimiser, rate, update);
  const decayed = tf.sub(state.parameters, tf.mul(tf.mul(state.parameters, decayMask), rate * weightDecay));
  const parameters = tf.sub(decayed, step);
  return { parameters, m, v };
}
