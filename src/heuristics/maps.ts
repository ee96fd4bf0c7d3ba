import type { PromptUniverse } from '../domain/prompt.js';
import { permutation, randomStream } from '../domain/random.js';
import type { Plan } from './plan.js';
import { openRanker } from './rank.js';

/** Below this standard deviation, as a share of the largest absolute value, a map says nothing (method section 7). */
const CONSTANT_BELOW = 1e-4;

/**
 * `constant`: the map hardly varies and its order is rounding; `not_finite`: an activation or one of its products with
 * the direct logit is NaN or infinite.
 */
export type NeuronState = 'live' | 'constant' | 'not_finite';

/** What the nulls permute (method section 7, chance level). */
export const NULLS = ['activations_permuted', 'labels_permuted'] as const;
export type NullName = (typeof NULLS)[number];

/** Neurons of one layer (or any list of neurons) and their maps over one operator's prompts. */
export interface NeuronMatrix {
  /** Plans over one and the same universe; they share the ranking of its prompts. */
  readonly plans: readonly Plan[];
  /** [neurons, prompts] `mlp_post` at the last position, row-major, prompts in the universe's order */
  readonly activations: Float32Array;
  /** [neurons, maxAnswer + 1] direct logit of each answer, row-major */
  readonly directLogits: Float32Array;
  /** Seed of tie-breaking and of the nulls. */
  readonly seed: number;
  /** Number of the first row where rows are part of a larger matrix, so that results do not depend on how it is cut. Default 0. */
  readonly firstNeuron?: number;
}

/** A neuron's two maps as orders of prompts; overwritten by the next call. */
export interface RankedMaps {
  /** [prompts] largest activation first */
  readonly k: Uint32Array;
  /** [prompts] largest activation x direct logit of the prompt's answer first */
  readonly kv: Uint32Array;
}

/** Ranks the maps of neurons, one after the other. */
export interface Maps {
  readonly neurons: number;
  /** Reads a neuron's activations. */
  load(neuron: number): { readonly state: NeuronState; readonly scale: number; readonly sd: number };
  /** The loaded neuron's maps; it must be live. */
  observed(): RankedMaps;
  /** The same under a null; `observed` must have been called for the neuron. */
  permuted(name: NullName): RankedMaps;
}

/** A permutation twice over, so that every rotation of it is a plain slice. @returns [2 count] */
function doubled(order: Uint32Array): Uint32Array {
  const twice = new Uint32Array(2 * order.length);
  twice.set(order, 0);
  twice.set(order, order.length);
  return twice;
}

function checkShapes({ plans, activations, directLogits }: NeuronMatrix): {
  universe: PromptUniverse;
  neurons: number;
} {
  const universe = plans[0]?.universe;
  if (universe === undefined || universe.count === 0)
    throw new RangeError('classification needs at least one plan over at least one prompt');
  for (const { universe: other } of plans)
    if (
      other.operator !== universe.operator ||
      other.count !== universe.count ||
      other.maxOperand !== universe.maxOperand ||
      other.maxAnswer !== universe.maxAnswer
    )
      throw new RangeError('plans classified together must be of the same universe');
  const neurons = activations.length / universe.count;
  if (!Number.isInteger(neurons) || directLogits.length !== neurons * (universe.maxAnswer + 1))
    throw new RangeError(
      `activations of ${activations.length} and direct logits of ${directLogits.length} values do not fit ` +
        `${universe.count} prompts and ${universe.maxAnswer + 1} answers`,
    );
  return { universe, neurons };
}

/**
 * Prepares ranking for a matrix of neurons. Equal values are ordered by a seeded permutation of the prompts; each neuron
 * gets another rotation of it, and likewise of the permutations of the nulls, which spares drawing one for each neuron.
 * @param withNulls whether `permuted` will be called
 * @throws RangeError when the arrays do not fit the universe, or the plans are of different ones
 */
export function openMaps(matrix: NeuronMatrix, withNulls: boolean): Maps {
  const { universe, neurons } = checkShapes(matrix);
  const { activations, directLogits, seed, firstNeuron = 0 } = matrix;
  const { count, answer, maxAnswer } = universe;
  const drawn = (purpose: string): Uint32Array =>
    doubled(permutation(count, randomStream(seed, 'heuristics', purpose)));
  const ties = drawn('ties');
  const tieAnswers = Uint16Array.from(ties, (p) => answer[p] ?? 0);
  const sources = withNulls ? drawn('activations') : new Uint32Array(0);
  const labels = withNulls ? drawn('labels') : new Uint32Array(0);
  const placeOfSource = new Uint32Array(withNulls ? count : 0);
  for (let i = 0; i < placeOfSource.length; i++) placeOfSource[sources[i] ?? 0] = i;

  const ranker = openRanker(count);
  const values = new Float32Array(count);
  const products = new Float32Array(count);
  const observed = { k: new Uint32Array(count), kv: new Uint32Array(count) };
  const shuffled = { k: new Uint32Array(withNulls ? count : 0), kv: new Uint32Array(withNulls ? count : 0) };
  let row = 0;
  let logits = 0;
  let rotation = { ties: 0, sources: 0, labels: 0 };

  function load(neuron: number): ReturnType<Maps['load']> {
    row = neuron * count;
    logits = neuron * (maxAnswer + 1);
    const random = randomStream(seed, 'heuristics', 'rotation', firstNeuron + neuron);
    const turn = (): number => random.int(0, count - 1);
    rotation = { ties: turn(), sources: turn(), labels: turn() };
    const at = rotation.ties;
    const origin = activations[row] ?? 0;
    let [scale, sum, squares, finite] = [0, 0, 0, 0];
    for (let i = 0; i < count; i++) {
      const value = activations[row + (ties[at + i] ?? 0)] ?? 0;
      const product = Math.fround(value * (directLogits[logits + (tieAnswers[at + i] ?? 0)] ?? 0));
      values[i] = value;
      products[i] = product;
      finite += product - product; // 0, or NaN once a value is not finite (infinity less itself is NaN)
      const size = Math.abs(value);
      if (size > scale) scale = size;
      const distance = value - origin;
      sum += distance;
      squares += distance * distance;
    }
    if (finite !== 0 || !Number.isFinite(sum)) return { state: 'not_finite', scale: NaN, sd: NaN };
    const sd = Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
    return { state: scale === 0 || sd < CONSTANT_BELOW * scale ? 'constant' : 'live', scale, sd };
  }

  function rank(): RankedMaps {
    ranker.values.set(values);
    ranker.rank(ties, rotation.ties, observed.k);
    ranker.values.set(products);
    ranker.rank(ties, rotation.ties, observed.kv);
    return observed;
  }

  /** The activation of prompt sources[j] moves to prompt ties[j], both rotated. */
  function permuteActivations(): void {
    for (let i = 0; i < count; i++) {
      const place = (placeOfSource[observed.k[i] ?? 0] ?? 0) - rotation.sources;
      shuffled.k[i] = ties[rotation.ties + (place < 0 ? place + count : place)] ?? 0;
    }
    for (let i = 0; i < count; i++) {
      const value = activations[row + (sources[rotation.sources + i] ?? 0)] ?? 0;
      ranker.values[i] = value * (directLogits[logits + (tieAnswers[rotation.ties + i] ?? 0)] ?? 0);
    }
    ranker.rank(ties, rotation.ties, shuffled.kv);
  }

  function permuteLabels(): void {
    for (let i = 0; i < count; i++) {
      shuffled.k[i] = labels[rotation.labels + (observed.k[i] ?? 0)] ?? 0;
      shuffled.kv[i] = labels[rotation.labels + (observed.kv[i] ?? 0)] ?? 0;
    }
  }

  return {
    neurons,
    load,
    observed: rank,
    permuted(name) {
      if (name === 'activations_permuted') permuteActivations();
      else permuteLabels();
      return shuffled;
    },
  };
}
