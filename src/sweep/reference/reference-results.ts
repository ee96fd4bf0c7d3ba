import type { NeuronId } from '../../domain/ids.js';
import type { Operator } from '../../domain/operator.js';
import type { HeadId } from '../../patching/circuit.js';
import type { RowOf } from '../../store/schema/tables.js';

/** A neuron whose map is kept at every checkpoint. */
export interface MappedNeuron extends NeuronId {
  readonly rankedBy: NonNullable<RowOf<'neuron_maps'>['ranked_by']>;
}

/** What the reference checkpoint says of one operator. */
export interface OperatorReference {
  /** All heads, the most effective first. */
  readonly heads: readonly HeadId[];
  /** `tupleKey` of every match of the first preset. */
  readonly matches: ReadonlySet<string>;
  /** Neurons whose maps are kept, the first in rank first. */
  readonly mapped: readonly MappedNeuron[];
}

/** What the analysis of other checkpoints takes from the reference checkpoint. */
export type ReferenceResults = ReadonlyMap<Operator, OperatorReference>;

/** A reference checkpoint that was analysed. */
export interface Reference {
  /** Of the weights that were really read. */
  readonly weightsHash: string;
  readonly results: ReferenceResults;
}

/** Name of a (heuristic, neuron) tuple inside one operator. */
export function tupleKey(layer: number, neuron: number, heuristic: string): string {
  return `${layer}.${neuron} ${heuristic}`;
}
