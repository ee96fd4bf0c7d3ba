import type { NeuronId } from '../domain/ids.js';
import { neuronKey } from './prompt-neurons.js';

/** Neurons recorded at the last position, one a row. */
export interface RecordedNeurons {
  /** The neuron of each row. */
  readonly neurons: readonly NeuronId[];
  /** [neurons x prompts] `mlp_post` at `=` */
  readonly activations: Float32Array;
  /** [neurons x answers] direct logit of each number (method section 7) */
  readonly directLogits: Float32Array;
}

/**
 * Finds the row of a neuron.
 * @param prompts columns of the activations
 * @param answers columns of the direct logits
 * @returns from a neuron to its row; it throws a RangeError for one that was not recorded
 * @throws RangeError when the arrays do not have that many columns
 */
export function openRows(
  { neurons, activations, directLogits }: RecordedNeurons,
  prompts: number,
  answers: number,
): (neuron: NeuronId) => number {
  if (activations.length !== neurons.length * prompts || directLogits.length !== neurons.length * answers)
    throw new RangeError(
      `${activations.length} activations and ${directLogits.length} direct logits of ${neurons.length} neurons, ${prompts} prompts and ${answers} answers`,
    );
  const rows = new Map(neurons.map((neuron, row) => [neuronKey(neuron), row]));
  return (neuron) => {
    const row = rows.get(neuronKey(neuron));
    if (row === undefined)
      throw new RangeError(`neuron ${neuron.neuron} of layer ${neuron.layer} has no row`);
    return row;
  };
}
