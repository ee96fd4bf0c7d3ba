import * as tf from '@tensorflow/tfjs-core';
import { layerIndex } from '../domain/ids.js';
import type { PromptPair } from '../domain/prompt.js';
import type { HookName } from '../model/hooks.js';
import type { Model } from '../model/model.js';
import { POSITIONS, type PromptTokens } from '../model/prompt-tokens.js';
import { scoped } from '../model/scope.js';
import {
  answerColumns,
  answerLogProbs,
  halfDifference,
  type AnswerColumns,
  type AnswerLogProbs,
} from './answers.js';
import { paperEffect } from './paper-effect.js';
import { repeatRuns } from './patched-run.js';
import { recordPairs, type PairRuns } from './recorded-run.js';

/** How effects are computed; it changes no value. */
export interface EffectOptions {
  /** Rows computed together: patched runs x pairs. */
  readonly batch?: number;
  /** Called before each batch; throwing there ends the work and frees its tensors. */
  readonly onBatch?: () => Promise<void>;
}

/** What the patched runs of some pairs start from and are held against. */
export interface CleanBase {
  readonly runs: PairRuns;
  readonly columns: AnswerColumns;
  /** [pairs] (z(r') - z(r)) / 2 of the clean run */
  readonly half: tf.Tensor;
  /** Of the clean run. */
  readonly logProbs: AnswerLogProbs;
  readonly tensors: readonly tf.Tensor[];
}

/**
 * Runs both prompts of each pair. Whoever made it frees `tensors`.
 * @param names hook points to keep in both runs; `resid_post` is kept anyway
 */
export function cleanBase(
  model: Model,
  tokens: PromptTokens,
  pairs: readonly PromptPair[],
  names: readonly HookName[],
): CleanBase {
  return scoped(
    () => {
      const runs = recordPairs(model, tokens, pairs, ['resid_post', ...names]);
      const columns = answerColumns(model, tokens, pairs);
      const final = runs.clean.at('resid_post', layerIndex(model.blocks.length - 1), POSITIONS.equals);
      const half = halfDifference(model, final, columns);
      const logProbs = answerLogProbs(model, final, columns);
      const tensors = [...runs.tensors, columns.clean, columns.corrupted, columns.half, half];
      return { runs, columns, half, logProbs, tensors };
    },
    ({ tensors }) => tensors,
  );
}

/**
 * Effects in logits: 1/2 [(z*(r') - z(r')) - (z*(r) - z(r))] (method section 3).
 * @param final [times x pairs, d_model], the last `resid_post` of the patched runs
 * @returns [times x pairs]
 */
export function logitEffects(model: Model, base: CleanBase, final: tf.Tensor): Float32Array {
  const effects = tf.tidy(() => {
    const after = halfDifference(model, final, base.columns);
    return tf.sub(after, repeatRuns(base.half, after.size / base.runs.pairs));
  });
  const values = Float32Array.from(effects.dataSync());
  effects.dispose();
  return values;
}

/**
 * Effects E of the paper (Eq. 1) from log-probabilities over the whole vocabulary, infinite where a ratio overflows.
 * @param final [times x pairs, d_model], the last `resid_post` of the patched runs
 * @returns [times x pairs]
 */
export function paperEffects(model: Model, base: CleanBase, final: tf.Tensor): Float64Array {
  const after = answerLogProbs(model, final, base.columns);
  return after.clean.map((clean, row) => {
    const pair = row % base.runs.pairs;
    const before = {
      clean: base.logProbs.clean[pair] ?? NaN,
      corrupted: base.logProbs.corrupted[pair] ?? NaN,
    };
    return paperEffect(before, { clean, corrupted: after.corrupted[row] ?? NaN });
  });
}
