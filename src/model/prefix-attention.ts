import * as tf from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../domain/model-config.js';
import { expandHeads, headColumns, productsByHead } from './heads.js';
import type { LayerKv } from './kv-cache.js';
import { turnBy } from './rotary.js';

/** What is the same in every block of a pass whose rows share prefixes. */
export interface PrefixAttentionOptions {
  readonly config: ModelConfig;
  /** Rows of the batch that continue each prefix, in the order of the prefixes; those of one stand together. */
  readonly runs: readonly number[];
  /** Positions of a prefix. */
  readonly past: number;
  /** Positions computed after it. */
  readonly positions: number;
}

/** Queries, keys and values of one block, before the rotation, position by position. */
export interface PrefixAttentionInput {
  /** Of the last positions, each [rows, heads x d_head] */
  readonly q: readonly tf.Tensor[];
  /** Of each position, [rows, kv heads x d_head] */
  readonly k: readonly tf.Tensor[];
  readonly v: readonly tf.Tensor[];
  /** Keys, rotated, and values of the prefixes, [prefix, kv head, pos, d_head] */
  readonly past: LayerKv;
}

/** @returns z of the queries, each [rows, heads x d_head] */
export type PrefixAttention = (input: PrefixAttentionInput) => tf.Tensor[];

/** Rows of a prefix, on average, from which on one product for all of them pays. */
const LEAST_RUN = 32;

/** Whether `prefixAttention` is quicker than copying; on `wasm`, where small products cost little, it is not. */
export function worthSharing(runs: readonly number[]): boolean {
  const rows = runs.reduce((sum, run) => sum + run, 0);
  return tf.getBackend() !== 'wasm' && rows >= LEAST_RUN * runs.filter((run) => run > 0).length;
}

/**
 * Attention of rows that continue few prefixes, without copies of the prefix's keys and values for each row. Against the
 * prefix all heads are one product with a block-diagonal matrix; against the few positions after it they are element-wise
 * products summed by head. Scores depend on distances alone, so rotations go where they cost least: the prefix's keys are
 * turned for each query, and nothing is for a query's own key.
 * Call it, and what it returns, inside `tf.tidy`.
 */
export function prefixAttention({ config, runs, past, positions }: PrefixAttentionOptions): PrefixAttention {
  const { nHeads, dHead } = config;
  const width = nHeads * dHead;
  const spread = tf.transpose(headColumns(config)); // (head, heads x d_head)
  const scores = tf.mul(headColumns(config), 1 / Math.sqrt(dHead)); // (heads x d_head, head)
  const turns = Array.from({ length: positions }, (_, back) => (back === 0 ? null : turnBy(config, -back)));
  const turnsBack = turns.map((_, position) => turnBy(config, -(past + position)));

  /** Scores of all heads of the query at a position. @param k [prefix, kv head, pos, d_head] @returns [prefix, heads x d_head, pos x head] */
  function keyBlocks(k: tf.Tensor, turn: tf.Tensor): tf.Tensor {
    const [count = 0] = k.shape;
    const turned = tf.transpose(tf.reshape(timesTurn(k, turn), k.shape), [0, 1, 3, 2]);
    const columns = tf.reshape(expandHeads(turned, config), [count, width, past, 1]);
    return tf.reshape(tf.mul(columns, tf.reshape(scores, [width, 1, nHeads])), [count, width, past * nHeads]);
  }

  /** What patterns of all heads mix. @param v as `k` above @returns [prefix, pos x head, heads x d_head] */
  function valueBlocks(v: tf.Tensor): tf.Tensor {
    const [count = 0] = v.shape;
    const rows = tf.reshape(tf.transpose(expandHeads(v, config), [0, 2, 1, 3]), [count, past, 1, width]);
    return tf.reshape(tf.mul(rows, spread), [count, past * nHeads, width]);
  }

  return ({ q, k, v, past: before }) => {
    const values = valueBlocks(before.v);
    const [rows = 0] = q[0]?.shape ?? [];
    return q.map((query, i) => {
      const position = positions - q.length + i;
      const turnBack = turnsBack[position];
      if (turnBack === undefined) throw new RangeError(`${q.length} queries at ${positions} positions`);
      const ofPast = byRuns(query, keyBlocks(before.k, turnBack), runs);
      const own = k.slice(0, position + 1).map((key, at) => {
        const turn = turns[position - at] ?? null;
        const turned = turn === null ? key : tf.reshape(timesTurn(key, turn), key.shape);
        return tf.matMul(productsByHead(query, turned, config), scores);
      });
      const all = tf.concat([ofPast, ...own], 1); // (row, key x head)
      const byHead = tf.transpose(tf.reshape(all, [rows, -1, nHeads]), [0, 2, 1]);
      const pattern = tf.reshape(tf.transpose(tf.softmax(byHead), [0, 2, 1]), all.shape);
      const [ofPrefix, ...ofOwn] = tf.split(pattern, [past * nHeads, ...own.map(() => nHeads)], 1);
      if (ofPrefix === undefined) throw new Error('a pattern did not split');
      const mixed = ofOwn.map((share, at) => {
        const value = v[at];
        if (value === undefined) throw new RangeError(`no values of position ${at}`);
        return productsByHead(tf.matMul(share, spread), value, config);
      });
      return tf.addN([byRuns(ofPrefix, values, runs), ...mixed]);
    });
  };

  /** @param x any shape whose rows are of d_head each */
  function timesTurn(x: tf.Tensor, turn: tf.Tensor): tf.Tensor {
    return tf.matMul(tf.reshape(x, [-1, dHead]), turn);
  }
}

/** Multiplies the rows of each prefix by its own matrix. @param x [rows, a] @param w [prefix, a, b] @returns [rows, b] */
function byRuns(x: tf.Tensor, w: tf.Tensor, runs: readonly number[]): tf.Tensor {
  const [rows = 0, a = 0] = x.shape;
  const [prefixes = 0, , b = 0] = w.shape;
  if (runs.every((run) => run * prefixes === rows))
    return tf.reshape(tf.matMul(tf.reshape(x, [prefixes, -1, a]), w), [rows, b]);
  const used = runs.filter((run) => run > 0);
  const matrices = tf.unstack(w).filter((_, prefix) => runs[prefix] !== 0);
  const parts = tf.split(x, used).map((own, i) => {
    const matrix = matrices[i];
    if (matrix === undefined) throw new RangeError(`${runs.length} runs of ${prefixes} prefixes`);
    return tf.matMul(own, matrix);
  });
  return tf.concat(parts, 0);
}
