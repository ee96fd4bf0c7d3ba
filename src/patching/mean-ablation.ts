import * as tf from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../domain/model-config.js';
import type { ActivationMeans } from '../model/activation-sums.js';
import { hookOn, type Hook } from '../model/hooks.js';
import type { Circuit, Kept } from './circuit.js';

/** What becomes of one hook point's value: value x keep + fill. */
interface Blend {
  /** [circuits, 1, 1, width] 1 where the value stays */
  readonly keep: tf.Tensor;
  /** [circuits, 1, pos, width] the mean where it does not, else 0 */
  readonly fill: tf.Tensor;
}

/** Several circuits as one hook. */
export interface Ablation {
  /**
   * Replaces everything outside the circuits by its mean, at every position computed. The rows of the batch are those of
   * the first circuit, then as many of the next; the last block must compute the last position only.
   */
  readonly hook: Hook;
  /** To dispose when the hook is done with. */
  readonly tensors: readonly tf.Tensor[];
}

type Ablated = 'z' | 'mlp_post';

/**
 * Mean ablation of all that lies outside some circuits (method section 5). A value that is kept stays as it is, bit for
 * bit.
 * @param means of the same model
 * @throws RangeError when a circuit has another number of layers than the model, or keeps what the model lacks
 */
export function meanAblation(
  config: ModelConfig,
  { means }: ActivationMeans,
  circuits: readonly Circuit[],
): Ablation {
  const { nLayers, nHeads, dHead, dMlp } = config;
  const other = circuits.find(({ layers }) => layers.length !== nLayers);
  if (other !== undefined || means.length !== nLayers)
    throw new RangeError(
      `a circuit or means of ${other?.layers.length ?? means.length} layers for a model of ${nLayers}`,
    );
  const blends = means.map((mean, layer): Record<Ablated, Blend | null> => {
    const heads = circuits.map(({ layers }) => layers[layer]?.heads ?? []);
    const neurons = circuits.map(({ layers }) => layers[layer]?.neurons ?? []);
    return {
      z: blend(mean.z, heads, { units: nHeads, each: dHead }),
      mlp_post: blend(mean.mlpPost, neurons, { units: dMlp, each: 1 }),
    };
  });
  const hook = hookOn(
    ['z', 'mlp_post'],
    ({ name, layer }, value) => {
      const own = layer !== null && (name === 'z' || name === 'mlp_post') ? blends[layer]?.[name] : null;
      return own ? blended(value, own) : value;
    },
    { holds: false },
  );
  const tensors = blends
    .flatMap(({ z, mlp_post }) => [z, mlp_post])
    .flatMap((own) => (own === null ? [] : [own.keep, own.fill]));
  return { hook, tensors };
}

/** @returns null where every circuit keeps everything */
function blend(
  mean: Float64Array,
  kept: readonly Kept<number>[],
  { units, each }: { units: number; each: number },
): Blend | null {
  if (kept.every((own) => own === 'all')) return null;
  const width = units * each;
  const mask = new Float32Array(kept.length * width);
  kept.forEach((own, circuit) => {
    const row = mask.subarray(circuit * width, (circuit + 1) * width);
    if (own === 'all') row.fill(1);
    else
      for (const unit of own) {
        if (unit >= units) throw new RangeError(`a circuit keeps ${unit} of ${units} heads or neurons`);
        row.fill(1, unit * each, (unit + 1) * each);
      }
  });
  return tf.tidy(() => {
    const keep = tf.tensor(mask, [kept.length, 1, 1, width]);
    const means = tf.tensor(Float32Array.from(mean), [1, 1, mean.length / width, width]);
    return { keep, fill: tf.mul(tf.sub(1, keep), means) };
  });
}

/** @param value [circuits x prompts, pos, ...] */
function blended(value: tf.Tensor, { keep, fill }: Blend): tf.Tensor {
  const [circuits = 0, , , width = 0] = keep.shape;
  const [, pos = 0] = value.shape;
  return tf.tidy(() => {
    const byCircuit = tf.reshape(value, [circuits, -1, pos, width]);
    return tf.reshape(tf.add(tf.mul(byCircuit, keep), fill), value.shape);
  });
}
