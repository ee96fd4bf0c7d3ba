import * as tf from '@tensorflow/tfjs-core';
import type { Prompt, PromptPair } from '../../src/domain/prompt.js';
import { forward } from '../../src/model/forward.js';
import type { Hook, HookName } from '../../src/model/hooks.js';
import type { Model } from '../../src/model/model.js';
import { scoped } from '../../src/model/scope.js';
import { promptIds, type PromptTokens } from '../../src/model/prompt-tokens.js';

/** Token ids in the 23 of the tiny models, in no telling order. */
export const TINY_TOKENS: PromptTokens = {
  bos: 3,
  numbers: Int32Array.from({ length: 17 }, (_, n) => 6 + ((n * 7 + 2) % 17)),
  operators: { '+': 1, '-': 5, '*': 0, '/': 4 },
  equals: 2,
};

const prompt = (op1: number, operator: Prompt['operator'], op2: number, answer: number): Prompt => ({
  op1,
  operator,
  op2,
  answer,
});

/** Pairs with other operands, operators and answers. */
export const TINY_PAIRS: readonly PromptPair[] = [
  { clean: prompt(3, '+', 4, 7), corrupted: prompt(9, '+', 6, 15) },
  { clean: prompt(12, '-', 2, 10), corrupted: prompt(2, '*', 7, 14) },
  { clean: prompt(5, '*', 3, 15), corrupted: prompt(16, '/', 5, 3) },
  { clean: prompt(1, '+', 11, 12), corrupted: prompt(11, '+', 2, 13) },
  { clean: prompt(14, '/', 7, 2), corrupted: prompt(13, '-', 4, 9) },
];

/** One entry of a value: a head's `z` or a neuron's `mlp_post` (or all of it: `index` null) at one position. */
export interface Site {
  readonly name: HookName;
  readonly layer: number;
  readonly position: number;
  readonly index: number | null;
}

export interface BruteForceEffects {
  readonly logit: number[];
  readonly paper: number[];
}

/** Effects of replacing a value of the clean run, by whole passes over all five positions with hooks. */
export function bruteForce(
  model: Model,
  tokens: PromptTokens,
  pairs: readonly PromptPair[],
  site: Site,
): BruteForceEffects {
  return scoped(
    () => {
      const input = (side: keyof PromptPair): tf.Tensor2D =>
      tf.tensor2d(promptIds(tokens, pairs.map((pair) => pair[side])), [pairs.length, 5], 'int32'); // prettier-ignore
      const isSite = (name: HookName, layer: number | null): boolean =>
        name === site.name && layer === site.layer;
      let source: tf.Tensor | undefined;
      const record: Hook = ({ name, layer }, value) => {
        if (isSite(name, layer)) source = value;
        return value;
      };
      forward(model, input('corrupted'), { hook: record, output: 'none' });
      const patch: Hook = ({ name, layer }, value) => {
        if (!isSite(name, layer) || source === undefined) return value;
        const [, count = 0, parts = 0, ...rest] = value.shape;
        const chosen = Float32Array.from({ length: count * parts }, (_, i) =>
          Math.floor(i / parts) === site.position && (site.index === null || i % parts === site.index)
            ? 1
            : 0,
        );
        const mask = tf.tensor(chosen, [1, count, parts, ...rest.map(() => 1)]);
        return tf.add(tf.mul(value, tf.sub(1, mask)), tf.mul(source, mask));
      };
      const before = lastLogits(model, input('clean'));
      const after = lastLogits(model, input('clean'), patch);
      const answer = (i: number, side: keyof PromptPair): number =>
        tokens.numbers[pairs[i]?.[side].answer ?? 0] ?? NaN;
      const change = (i: number, side: keyof PromptPair, of: (z: Float64Array) => number): number => {
        const token = answer(i, side);
        const [z = NaN, patched = NaN] = [before, after].map((rows) => {
          const row = rows[i] ?? new Float64Array();
          return (row[token] ?? NaN) - of(row);
        });
        return patched - z;
      };
      return {
        logit: pairs.map((_, i) => (change(i, 'corrupted', () => 0) - change(i, 'clean', () => 0)) / 2),
        paper: pairs.map(
          (_, i) =>
            (Math.exp(change(i, 'corrupted', logSumExp)) + Math.exp(-change(i, 'clean', logSumExp))) / 2 - 1,
        ),
      };
    },
    () => [],
  );
}

function lastLogits(model: Model, input: tf.Tensor2D, hook?: Hook): Float64Array[] {
  const { logits } = forward(model, input, hook === undefined ? {} : { hook });
  const [rows = 0, count = 0, width = 0] = logits?.shape ?? [];
  const values = Float64Array.from(logits?.dataSync() ?? []);
  return Array.from({ length: rows }, (_, row) =>
    values.subarray((row * count + count - 1) * width, (row + 1) * count * width),
  );
}

function logSumExp(row: Float64Array): number {
  const most = row.reduce((a, b) => Math.max(a, b));
  return most + Math.log(row.reduce((sum, z) => sum + Math.exp(z - most), 0));
}

/** (z(r') - z(r)) / 2 of each clean prompt with one neuron of `mlp_post` at the last position moved by an amount. */
export function nudged(
  model: Model,
  tokens: PromptTokens,
  pairs: readonly PromptPair[],
  { layer, neuron, by }: { layer: number; neuron: number; by: number },
): number[] {
  return scoped(
    () => {
      const ids = promptIds(tokens, pairs.map((pair) => pair.clean)); // prettier-ignore
      const logits = lastLogits(model, tf.tensor2d(ids, [pairs.length, 5], 'int32'), (point, value) => {
        if (point.name !== 'mlp_post' || point.layer !== layer) return value;
        const [, count = 0, width = 0] = value.shape;
        const move = new Float32Array(count * width);
        move[(count - 1) * width + neuron] = by;
        return tf.add(value, tf.tensor(move, [1, count, width]));
      });
      const of = (i: number, side: keyof PromptPair): number =>
        logits[i]?.[tokens.numbers[pairs[i]?.[side].answer ?? 0] ?? -1] ?? NaN;
      return pairs.map((_, i) => (of(i, 'corrupted') - of(i, 'clean')) / 2);
    },
    () => [],
  );
}

/** a' - a of `mlp_post` at the last position, by whole passes: [layers x neurons][pairs]. */
export function neuronChanges(model: Model, tokens: PromptTokens, pairs: readonly PromptPair[]): number[][] {
  return scoped(
    () => {
      const [clean, corrupted] = (['clean', 'corrupted'] as const).map((side) => {
        const ids = promptIds(tokens, pairs.map((pair) => pair[side])); // prettier-ignore
        const seen: Float32Array[] = [];
        const hook: Hook = ({ name }, value) => {
          if (name === 'mlp_post') seen.push(Float32Array.from(value.dataSync()));
          return value;
        };
        forward(model, tf.tensor2d(ids, [pairs.length, 5], 'int32'), { hook });
        return seen;
      });
      const { dMlp } = model.config;
      return model.blocks.flatMap((_, layer) =>
        Array.from({ length: dMlp }, (_, neuron) =>
          pairs.map((_, pair) => {
            const at = (pair * 5 + 4) * dMlp + neuron;
            return (corrupted?.[layer]?.[at] ?? NaN) - (clean?.[layer]?.[at] ?? NaN);
          }),
        ),
      );
    },
    () => [],
  );
}
