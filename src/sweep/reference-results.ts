import type { Operator } from '../domain/operator.js';
import type { HeadId } from '../patching/circuit.js';

/** What the reference checkpoint says of one operator. */
export interface OperatorReference {
  /** All heads, the most effective first. */
  readonly heads: readonly HeadId[];
  /** `tupleKey` of every match of the first preset. */
  readonly matches: ReadonlySet<string>;
}

/** What the analysis of other checkpoints takes from the reference checkpoint. */
export type ReferenceResults = ReadonlyMap<Operator, OperatorReference>;

/** Name of a (heuristic, neuron) tuple inside one operator. */
export function tupleKey(layer: number, neuron: number, heuristic: string): string {
  return `${layer}.${neuron} ${heuristic}`;
}
