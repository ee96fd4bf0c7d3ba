import { neuronIndex, type NeuronId } from '../domain/ids.js';
import { layersFrom, type ModelPass } from './model-pass.js';
import type { OperatorMaps, Unclassified } from './measure-classification.js';
import type { RunContext } from './run-context.js';

/** All neurons of the heuristic layers, in the order in which a pass records their maps. */
export function recordedNeurons({ firstLayer, model }: RunContext): NeuronId[] {
  return layersFrom(firstLayer, model.nLayers).flatMap((layer) =>
    Array.from({ length: model.dMlp }, (_, n) => ({ layer, neuron: neuronIndex(n) })),
  );
}

/**
 * The maps of the neurons to classify.
 * @param onlyChosen whether the pass recorded the chosen neurons alone
 * @param chosen for each operator the rows of a pass's maps to take, or why none can be; null for all
 */
export function classifiedMaps(
  context: RunContext,
  pass: ModelPass,
  chosen: readonly (readonly number[] | Unclassified['reason'])[] | null,
  onlyChosen = false,
): OperatorMaps[] {
  const neurons = recordedNeurons(context);
  const width = neurons.length === 0 ? 0 : pass.directLogits.length / neurons.length;
  return context.universes.operators.map(({ universe }, i) => {
    const activations = pass.operators[i]?.activations ?? new Float32Array(new SharedArrayBuffer(0));
    const plans = context.heuristics[i] ?? [];
    const { operator } = universe;
    const rows = chosen?.[i];
    const whole = { operator, plans, unclassified: null };
    if (rows === undefined) return { ...whole, neurons, activations, directLogits: pass.directLogits };
    const none = new Float32Array(new SharedArrayBuffer(0));
    if (typeof rows === 'string') {
      const unclassified = { neurons, reason: rows };
      return { ...whole, neurons: [], activations: none, directLogits: none, unclassified };
    }
    return {
      ...whole,
      neurons: rows.flatMap((row) => neurons[row] ?? []),
      activations: onlyChosen ? activations : pickRows(activations, universe.count, rows),
      directLogits: pickRows(pass.directLogits, width, rows),
    };
  });
}

/** Some rows of a matrix, in memory that workers can share. */
function pickRows(
  matrix: Float32Array,
  width: number,
  rows: readonly number[],
): Float32Array<SharedArrayBuffer> {
  const picked = new Float32Array(new SharedArrayBuffer(rows.length * width * 4));
  rows.forEach((row, i) => {
    picked.set(matrix.subarray(row * width, (row + 1) * width), i * width);
  });
  return picked;
}
