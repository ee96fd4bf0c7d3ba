import type { Heuristic } from '../../src/domain/heuristic.js';
import { layerIndex, neuronIndex, type NeuronId } from '../../src/domain/ids.js';
import type { Operator } from '../../src/domain/operator.js';
import { permutation, randomStream, type Random } from '../../src/domain/random.js';
import type { ScaleShape } from './shape.js';

/** A classified neuron at one step, with the heuristics that it implements then. */
export interface BusyNeuron extends NeuronId {
  readonly heuristics: readonly Heuristic[];
}

/** A neuron that may be among the top ones, and what it leans to. */
interface Candidate extends NeuronId {
  readonly leanings: readonly Heuristic[];
  /** [leanings] whether it implements each now */
  readonly present: boolean[];
}

/** How far a step is between the first and the last, on a scale of logarithms: 0 to 1. */
export function progressOf({ steps }: ScaleShape, step: number): number {
  return Math.log1p(step) / Math.log1p(steps.at(-1) ?? 1);
}

/** Part of a neuron's leanings that are present, and the part of all that changes from step to step. */
const presenceAt = (progress: number): number => 0.05 + 0.35 * progress ** 2;
const restlessness = (progress: number): number => 0.35 - 0.27 * progress;

/** Neurons of a layer that are ever among the top ones: the same for all operators, so that these overlap. */
function poolOf({ pool, dMlp }: ScaleShape, layer: number): Uint32Array {
  return permutation(dMlp, randomStream(0, 'pool', layer)).subarray(0, pool);
}

function candidatesOf(
  shape: ScaleShape,
  layer: number,
  heuristics: readonly Heuristic[],
  random: Random,
): Candidate[] {
  return [...poolOf(shape, layer)].map((neuron) => {
    // Some neurons lean to nothing, some to much; some heuristics are common, most are rare.
    const count = Math.min(random.int(0, 2 * shape.leanings), heuristics.length);
    const chosen = new Set<Heuristic>();
    for (let i = 0; i < count; i++) {
      const heuristic = heuristics[Math.floor(random.uniform() ** 2 * heuristics.length)];
      if (heuristic !== undefined) chosen.add(heuristic);
    }
    const leanings = [...chosen];
    const present = leanings.map(() => false);
    return { layer: layerIndex(layer), neuron: neuronIndex(neuron), leanings, present };
  });
}

/** Lets heuristics come and go; a heuristic that went may come back. */
function change({ leanings, present }: Candidate, progress: number, random: Random): void {
  const presence = presenceAt(progress);
  const rest = restlessness(progress);
  leanings.forEach((_, i) => {
    const chance = present[i] === true ? rest * (1 - presence) : rest * presence;
    if (random.uniform() < chance) present[i] = present[i] !== true;
  });
}

/** Puts other candidates in place of some of the first `top`. */
function replaceSome(candidates: Candidate[], top: number, progress: number, random: Random): void {
  const leaving = Math.round(top * (0.2 - 0.16 * progress));
  for (let i = 0; i < leaving && top < candidates.length; i++) {
    const [out, into] = [random.int(0, top - 1), random.int(top, candidates.length - 1)];
    const [old, fresh] = [candidates[out], candidates[into]];
    if (old === undefined || fresh === undefined) continue;
    candidates[out] = fresh;
    candidates[into] = old;
  }
}

/**
 * The top neurons of one operator at each step of a made-up training: heuristics are born, die and come back, ever
 * more of them and ever more slowly, and the top neurons of a layer change.
 * @param options.heuristics those that a neuron may implement
 * @yields at each step the top neurons of all heuristic layers
 */
export function* trajectory({
  shape,
  operator,
  heuristics,
}: {
  readonly shape: ScaleShape;
  readonly operator: Operator;
  readonly heuristics: readonly Heuristic[];
}): Generator<BusyNeuron[]> {
  const random = randomStream(0, 'trajectory', operator);
  const shuffled = [...permutation(heuristics.length, random)].flatMap((i) => heuristics[i] ?? []);
  const layers = Array.from({ length: shape.nLayers - shape.firstLayer }, (_, i) =>
    candidatesOf(shape, shape.firstLayer + i, shuffled, random),
  );
  for (const step of shape.steps) {
    const progress = progressOf(shape, step);
    yield layers.flatMap((candidates) => {
      replaceSome(candidates, shape.top, progress, random);
      return candidates.slice(0, shape.top).map((candidate): BusyNeuron => {
        change(candidate, progress, random);
        const { layer, neuron, leanings, present } = candidate;
        return { layer, neuron, heuristics: leanings.filter((_, i) => present[i]) };
      });
    });
  }
}
