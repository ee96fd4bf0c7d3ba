import { neuronIndex, type NeuronId } from '../../domain/ids.js';
import type { Operator } from '../../domain/operator.js';
import type { PromptUniverse } from '../../domain/prompt.js';
import type { Plan } from '../../heuristics/plan.js';
import type { PromptTokens } from '../../model/prompt-tokens.js';
import { emptyMaps } from '../../model/universe-pass.js';
import { layersFrom, recordMaps, type ModelPass, type OperatorPass } from './model-pass.js';
import type { RunContext } from '../run-context.js';
import type { PooledModel } from '../tasks/task-pool.js';

/** All neurons of the heuristic layers, in the order in which a pass records their maps. */
export function recordedNeurons({ firstLayer, model }: RunContext): NeuronId[] {
  return layersFrom(firstLayer, model.nLayers).flatMap((layer) =>
    Array.from({ length: model.dMlp }, (_, n) => ({ layer, neuron: neuronIndex(n) })),
  );
}

/** Maps of some neurons over one operator's universe, to be read a few neurons at a time. */
export interface MapReader {
  /** Whose maps they are, row by row. */
  readonly neurons: readonly NeuronId[];
  /** Rows to read at once, so that memory is bounded. */
  readonly together: number;
  /** The maps of the rows start .. end - 1. @returns [rows, prompts] */
  readonly read: (start: number, end: number) => Promise<Float32Array<SharedArrayBuffer>>;
}

/** One operator's maps at one checkpoint. */
export interface OperatorMaps extends MapReader {
  readonly operator: Operator;
  /** Plans of this operator, one a preset. */
  readonly plans: readonly Plan[];
  /** [neurons, maxAnswer + 1] */
  readonly directLogits: Float32Array<SharedArrayBuffer>;
  /** Set where nothing is classified, since it is not known which neurons are the top ones. */
  readonly unclassified: Unclassified | null;
}

/** Neurons of an operator that are not classified, and why. */
export interface Unclassified {
  readonly neurons: readonly NeuronId[];
  readonly reason: 'too_few_correct' | 'too_few_prompts';
}

export interface MapsInput {
  readonly context: RunContext;
  readonly model: PooledModel;
  readonly pass: Pick<ModelPass, 'operators' | 'directLogits'>;
  /** For each operator the rows of `recordedNeurons` to take, or why none can be; null for all. */
  readonly chosen: readonly (readonly number[] | Unclassified['reason'])[] | null;
}

/**
 * The maps of the neurons to classify. Maps that the pass over the universes did not record are recorded when they are
 * read, by a pass of their own.
 */
export function classifiedMaps({ context, model, pass, chosen }: MapsInput): OperatorMaps[] {
  const neurons = recordedNeurons(context);
  const width = neurons.length === 0 ? 0 : pass.directLogits.length / neurons.length;
  return context.universes.operators.map(({ universe }, i): OperatorMaps => {
    const { operator } = universe;
    const rows = chosen?.[i] ?? [...neurons.keys()];
    const whole = { operator, plans: context.heuristics[i] ?? [] };
    if (typeof rows === 'string') {
      const none = {
        neurons: [],
        together: 1,
        directLogits: emptyMaps(0, 0),
        read: () => Promise.resolve(emptyMaps(0, 0)),
      };
      return { ...whole, ...none, unclassified: { neurons, reason: rows } };
    }
    const own = rows.flatMap((row) => neurons[row] ?? []);
    return {
      ...whole,
      ...mapReader({ context, model, universe, pass: pass.operators[i], neurons: own }),
      directLogits: pickRows(pass.directLogits, width, rows),
      unclassified: null,
    };
  });
}

export interface MapReaderInput {
  readonly context: RunContext;
  readonly model: PooledModel;
  readonly universe: PromptUniverse;
  /** The pass over this universe; undefined where there was none. */
  readonly pass: OperatorPass | undefined;
  /** Layer after layer. */
  readonly neurons: readonly NeuronId[];
}

/** The maps of some neurons: out of the pass where it recorded them all, else recorded when they are read. */
export function mapReader({ context, model, universe, pass, neurons }: MapReaderInput): MapReader {
  const { count } = universe;
  const held = pass?.activations ?? null;
  const rowOf = new Map(pass?.recorded.map((id, row) => [neuronKey(id), row]));
  const rows = neurons.flatMap((id) => rowOf.get(neuronKey(id)) ?? []);
  if (held === null || rows.length < neurons.length)
    return {
      neurons,
      together: rowsThatFit(context, count),
      read: (start, end) => recordMaps(model, universe, neurons.slice(start, end), taskOptions(context)),
    };
  return {
    neurons,
    together: Math.max(1, neurons.length),
    read: (start, end) => Promise.resolve(pickRows(held, count, rows.slice(start, end))),
  };
}

/** Name of a neuron inside its model. */
export function neuronKey({ layer, neuron }: NeuronId): string {
  return `${layer}.${neuron}`;
}

/** Rows of maps over so many prompts that fit the memory for maps. */
function rowsThatFit({ mapBytes }: RunContext, prompts: number): number {
  return Math.max(1, Math.floor(mapBytes / 4 / Math.max(1, prompts)));
}

/** Whether the maps of some neurons, over the prompts of their operator each, fit the memory for maps. */
export function mapsFit(
  { mapBytes, universes }: RunContext,
  neurons: readonly (readonly NeuronId[])[],
): boolean {
  const values = universes.operators.map(({ universe }, i) => universe.count * (neurons[i]?.length ?? 0));
  return 4 * values.reduce((sum, own) => sum + own, 0) <= mapBytes;
}

function taskOptions({ tokenizer, request }: RunContext): { tokens: PromptTokens; batch: number } {
  return { tokens: tokenizer.tokens, batch: request.config.batch };
}

/** Some rows of a matrix, in memory that workers can share; the matrix itself where they are all of it. */
function pickRows(
  matrix: Float32Array<SharedArrayBuffer>,
  width: number,
  rows: readonly number[],
): Float32Array<SharedArrayBuffer> {
  if (rows.length * width === matrix.length && rows.every((row, i) => row === i)) return matrix;
  const picked = emptyMaps(rows.length, width);
  rows.forEach((row, i) => {
    picked.set(matrix.subarray(row * width, (row + 1) * width), i * width);
  });
  return picked;
}
