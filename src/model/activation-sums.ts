import * as tf from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../domain/model-config.js';
import { PROMPT_LENGTH } from '../domain/prompt.js';
import { hookOn, type Hook } from './hooks.js';
import { POSITIONS } from './prompt-tokens.js';

/** One value for every entry of one block's `z` and `mlp_post`, by position. */
export interface LayerActivations {
  /** Position of the first row: 0, but 4 in the last block, whose earlier positions nothing reads. */
  readonly firstPosition: number;
  /** [positions, heads x d_head] row-major, before W_O */
  readonly z: Float64Array;
  /** [positions, d_mlp] row-major */
  readonly mlpPost: Float64Array;
}

/** Sums over prompts; sums of several tables of prompts add up (`addSums`). */
export interface ActivationSums {
  readonly prompts: number;
  /** [layers] */
  readonly sums: readonly LayerActivations[];
}

/** Means over prompts: what mean ablation puts in place of a component (method section 5). */
export interface ActivationMeans {
  readonly prompts: number;
  /** [layers] */
  readonly means: readonly LayerActivations[];
}

/** Sums over no prompts yet. */
export function emptySums({ nLayers, nHeads, dHead, dMlp }: ModelConfig): ActivationSums {
  const sums = Array.from({ length: nLayers }, (_, layer): LayerActivations => {
    const firstPosition = layer === nLayers - 1 ? POSITIONS.equals : POSITIONS.bos;
    const positions = PROMPT_LENGTH - firstPosition;
    return {
      firstPosition,
      z: new Float64Array(positions * nHeads * dHead),
      mlpPost: new Float64Array(positions * dMlp),
    };
  });
  return { prompts: 0, sums };
}

/**
 * A hook that adds `z` and `mlp_post` of a batch, summed over its rows, to `sums`; it changes no value. Inside a batch
 * the sum is a product in float32, over batches it is kept in float64.
 * @param end position of the last of the positions computed
 * @param weights [1, batch] how often each row counts
 */
export function summing({ sums }: ActivationSums, end: number, weights: tf.Tensor2D): Hook {
  return hookOn(
    ['z', 'mlp_post'],
    ({ name, layer }, value) => {
      const held = layer === null ? undefined : sums[layer];
      if (held === undefined || (name !== 'z' && name !== 'mlp_post')) return value;
      const into = name === 'z' ? held.z : held.mlpPost;
      const [batch = 0, count = 0] = value.shape;
      const width = value.size / (batch * count);
      const total = tf.matMul(weights, tf.reshape(value, [batch, count * width])).dataSync();
      const ahead = (end + 1 - count - held.firstPosition) * width; // where the first row computed belongs in `into`
      for (let i = Math.max(0, -ahead); i < total.length; i++) {
        const at = ahead + i;
        into[at] = (into[at] ?? 0) + (total[i] ?? 0);
      }
      return value;
    },
    { holds: false },
  );
}

/**
 * Sums over the prompts of all parts together, e.g. those of all operators.
 * @param parts of one model, at least one
 * @throws RangeError without any part, or when the parts are of different shapes
 */
export function addSums(parts: readonly ActivationSums[]): ActivationSums {
  const [first] = parts;
  if (first === undefined) throw new RangeError('there are no sums to add');
  const added = (of: (part: ActivationSums) => Float64Array | undefined): Float64Array => {
    const total = new Float64Array(of(first)?.length ?? 0);
    for (const part of parts) {
      const values = of(part);
      if (values?.length !== total.length) throw new RangeError('sums of models of different shapes');
      values.forEach((value, i) => (total[i] = (total[i] ?? 0) + value));
    }
    return total;
  };
  return {
    prompts: parts.reduce((sum, { prompts }) => sum + prompts, 0),
    sums: first.sums.map(({ firstPosition }, layer) => ({
      firstPosition,
      z: added(({ sums }) => sums[layer]?.z),
      mlpPost: added(({ sums }) => sums[layer]?.mlpPost),
    })),
  };
}

/** Means of sums. @throws RangeError when they are over no prompt */
export function meansOf({ prompts, sums }: ActivationSums): ActivationMeans {
  if (prompts === 0) throw new RangeError('means over no prompt');
  const divided = (values: Float64Array): Float64Array => values.map((value) => value / prompts);
  return {
    prompts,
    means: sums.map(({ firstPosition, z, mlpPost }) => ({
      firstPosition,
      z: divided(z),
      mlpPost: divided(mlpPost),
    })),
  };
}
