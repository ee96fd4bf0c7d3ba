import {
  classifyWithNulls,
  type ChanceLevels,
  type NeuronClassification,
} from '../../heuristics/classify.js';
import type { Plan } from '../../heuristics/plan.js';

/** Neurons of one operator to classify: plain data in shared memory, cheap to send to a worker. */
export interface ClassifyTask {
  /** Plans over one universe, one a preset. */
  readonly plans: readonly Plan[];
  /** [neurons, prompts] */
  readonly activations: Float32Array;
  /** [neurons, maxAnswer + 1] */
  readonly directLogits: Float32Array;
  readonly seed: number;
  /** Index of the first row in the whole matrix, so that results do not depend on how the work is cut. */
  readonly firstNeuron: number;
  readonly threshold: number | null;
  /** Whether the neurons may be negative: then the bottom of the K map is tried too. */
  readonly gated: boolean;
}

export interface ClassifyResult {
  /** [plan][neuron] */
  readonly neurons: NeuronClassification[][];
  /** [plan] */
  readonly chance: ChanceLevels[];
}

/** Classifies the neurons of a task, with both chance levels. */
export function runClassifyTask({ threshold, ...task }: ClassifyTask): ClassifyResult {
  return classifyWithNulls(threshold === null ? task : { ...task, threshold });
}
