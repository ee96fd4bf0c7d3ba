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
  /** [depth] prompts, largest activation first, as far down as the plans look */
  readonly k: Uint32Array;
  /** [depth] the same by activation x direct logit of the prompt's answer */
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

/** out[i] = values[base + order[start + i]] */
function gather(
  values: Float32Array,
  base: number,
  order: Uint32Array,
  start: number,
  out: Float32Array,
): void {
  for (let i = 0; i < out.length; i++) out[i] = values[base + (order[start + i] ?? 0)] ?? 0;
}

/** out[i] = labels[turn + order[i]]. Apart from `gather`, since one loop over two array types runs three times slower. */
function relabel(labels: Uint32Array, turn: number, order: Uint32Array, out: Uint32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = labels[turn + (order[i] ?? 0)] ?? 0;
}

/** out[i] = values[i] * logits[base + answers[start + i]] */
function multiply(
  values: Float32Array,
  logits: Float32Array,
  base: number,
  answers: Uint16Array,
  start: number,
  out: Float32Array,
): void {
  for (let i = 0; i < out.length; i++)
    out[i] = (values[i] ?? 0) * (logits[base + (answers[start + i] ?? 0)] ?? 0);
}

/** out[i] is where the prompt order[i] goes when what lies at sources[j] moves to targets[j], both rotated. */
function moveLabels(
  order: Uint32Array,
  placeOfSource: Uint32Array,
  sourceTurn: number,
  targets: Uint32Array,
  targetTurn: number,
  out: Uint32Array,
): void {
  const count = placeOfSource.length;
  for (let i = 0; i < out.length; i++) {
    const place = (placeOfSource[order[i] ?? 0] ?? 0) - sourceTurn;
    out[i] = targets[targetTurn + (place < 0 ? place + count : place)] ?? 0;
  }
}

/** A value less itself is 0, or NaN where it is NaN or infinite. */
function allFinite(values: Float32Array): boolean {
  let zero = 0;
  for (let i = 0; i < values.length; i++) zero += (values[i] ?? 0) - (values[i] ?? 0);
  return zero === 0;
}

/** Largest absolute value and population standard deviation. */
function spread(values: Float32Array): { scale: number; sd: number } {
  const count = values.length;
  const origin = values[0] ?? 0;
  let scale = 0;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i] ?? 0;
    scale = Math.max(scale, Math.abs(value));
    const distance = value - origin;
    sum += distance;
    squares += distance * distance;
  }
  return { scale, sd: Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2)) };
}

/** How far down a map the plans look; prompts that a plan leaves out are passed over. */
function depthOf(plans: readonly Plan[], count: number): number {
  const depths = plans.map(
    (plan) => Math.max(plan.operands.depth, plan.results.depth, plan.multi?.top ?? 0) + count - plan.count,
  );
  return Math.min(count, Math.max(...depths));
}

/**
 * Prepares ranking for a matrix of neurons. Equal values are ordered by a seeded permutation of the prompts; each neuron
 * gets another rotation of it, and likewise of the permutations of the nulls, which spares drawing one for each neuron.
 * @param withNulls whether `permuted` will be called
 * @param wholeMaps whether the bottom of the maps is wanted too, not only as much of the top as the plans look at
 * @throws RangeError when the arrays do not fit the universe, or the plans are of different ones
 */
export function openMaps(matrix: NeuronMatrix, withNulls: boolean, wholeMaps: boolean): Maps {
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

  const depth = wholeMaps ? count : depthOf(matrix.plans, count);
  const ranker = openRanker(count, depth);
  const values = new Float32Array(count);
  const products = new Float32Array(count);
  const observed = { k: new Uint32Array(depth), kv: new Uint32Array(depth) };
  const shuffled = { k: new Uint32Array(withNulls ? depth : 0), kv: new Uint32Array(withNulls ? depth : 0) };
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
    gather(activations, row, ties, at, values);
    multiply(values, directLogits, logits, tieAnswers, at, products);
    if (!allFinite(values) || !allFinite(products)) return { state: 'not_finite', scale: NaN, sd: NaN };
    const { scale, sd } = spread(values);
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
    moveLabels(observed.k, placeOfSource, rotation.sources, ties, rotation.ties, shuffled.k);
    gather(activations, row, sources, rotation.sources, ranker.values);
    multiply(ranker.values, directLogits, logits, tieAnswers, rotation.ties, ranker.values);
    ranker.rank(ties, rotation.ties, shuffled.kv);
  }

  function permuteLabels(): void {
    relabel(labels, rotation.labels, observed.k, shuffled.k);
    relabel(labels, rotation.labels, observed.kv, shuffled.kv);
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
