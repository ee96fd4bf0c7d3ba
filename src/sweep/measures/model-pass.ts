import { layerIndex, type LayerIndex, type NeuronId } from '../../domain/ids.js';
import type { PromptTable, PromptUniverse } from '../../domain/prompt.js';
import { addSums, meansOf, type ActivationMeans, type ActivationSums } from '../../model/activation-sums.js';
import type { PromptTokens } from '../../model/prompt-tokens.js';
import { emptyMaps } from '../../model/universe-pass.js';
import { complementPrompts } from '../../prompts/complement.js';
import type { Universes } from '../prompt-sets.js';
import type { PooledModel } from '../tasks/task-pool.js';

/** What the model said about one operator's universe. */
export interface OperatorPass {
  /** [count] 1 where the argmax at `=` is the answer's token. */
  readonly correct: Uint8Array;
  /** Neurons that were recorded, row by row of `activations`. */
  readonly recorded: readonly NeuronId[];
  /** [recorded, count] null where no neurons were asked for. */
  readonly activations: Float32Array<SharedArrayBuffer> | null;
}

/** What one pass over all universes gives. */
export interface ModelPass {
  /** In the order of the universes. */
  readonly operators: readonly OperatorPass[];
  /** [layers x d_mlp, maxAnswer + 1] */
  readonly directLogits: Float32Array<SharedArrayBuffer>;
  /** Means over all operand pairs of all operators; null where not asked for. */
  readonly means: ActivationMeans | null;
}

export interface ModelPassOptions {
  readonly tokens: PromptTokens;
  readonly universes: Universes;
  /** Layers whose direct logits are wanted, one after the other. */
  readonly layers: readonly LayerIndex[];
  /** For each operator the neurons of these layers that are recorded, in their order; null to record none. */
  readonly recorded: readonly (readonly NeuronId[])[] | null;
  /** Whether mean activations are wanted too. */
  readonly wantMeans: boolean;
  readonly batch: number;
}

/** Parts of a table of prompts that are run apart, at most; each costs the prefixes of its own operands again. */
export const PARTS = 12;

/**
 * Runs a model over all universes, parts of each beside one another. What the parts are does not depend on the number of
 * threads, so neither do the sums.
 * @throws InterruptedError
 */
export async function modelPass(model: PooledModel, options: ModelPassOptions): Promise<ModelPass> {
  const { tokens, universes, layers, recorded } = options;
  const answers = tokens.numbers.slice(0, (universes.operators[0]?.universe.maxAnswer ?? -1) + 1);
  const [passes, directLogits] = await Promise.all([
    Promise.all(
      universes.operators.map(({ universe }, i) =>
        operatorPass(model, universe, { ...options, neurons: recorded?.[i] ?? null }),
      ),
    ),
    answerLogits(model, layers, answers),
  ]);
  const sums = passes.flatMap((pass) => pass.sums);
  return { operators: passes, directLogits, means: sums.length === 0 ? null : meansOf(addSums(sums)) };
}

interface OperatorPassOptions extends ModelPassOptions {
  readonly neurons: readonly NeuronId[] | null;
}

async function operatorPass(
  model: PooledModel,
  universe: PromptUniverse,
  { tokens, neurons, wantMeans, batch }: OperatorPassOptions,
): Promise<OperatorPass & { sums: ActivationSums[] }> {
  const { operator, count, maxOperand, maxAnswer } = universe;
  const activations = neurons && emptyMaps(neurons.length, count);
  const correct = new Uint8Array(count);
  const shared = { layers: layersOf(neurons ?? []), neurons: neurons ?? [], sums: wantMeans };
  const inside = partsOf(universe, batch).map(async ({ first, prompts }) => {
    const into = activations && { values: activations, count, first };
    const options = { ...shared, ...(into && { into }) };
    const found = await model.run('pass', { tokens, prompts, batch, options });
    prompts.answer.forEach((answer, p) => {
      correct[first + p] = found.predicted[p] === tokens.numbers[answer] ? 1 : 0;
    });
    return found.sums;
  });
  const complement = wantMeans ? partsOf(complementPrompts(operator, maxOperand, maxAnswer), batch) : [];
  const outside = complement.map(({ prompts }) => model.run('sums', { tokens, prompts, batch }));
  const sums = await Promise.all([...inside, ...outside]);
  return { correct, recorded: neurons ?? [], activations, sums: sums.filter((part) => part !== null) };
}

/**
 * Maps of some neurons over a universe, without logits. Cost: count x 2/5 of a forward pass up to the last of their layers.
 * @param neurons layer after layer
 * @returns [neurons, count]
 */
export async function recordMaps(
  model: PooledModel,
  universe: PromptUniverse,
  neurons: readonly NeuronId[],
  { tokens, batch }: Pick<ModelPassOptions, 'tokens' | 'batch'>,
): Promise<Float32Array<SharedArrayBuffer>> {
  const { count } = universe;
  const values = emptyMaps(neurons.length, count);
  const shared = { layers: layersOf(neurons), neurons, predict: false };
  const parts = partsOf(universe, batch).map(({ first, prompts }) => {
    const options = { ...shared, into: { values, count, first } };
    return model.run('maps', { tokens, prompts, batch, options });
  });
  await Promise.all(parts);
  return values;
}

function layersOf(neurons: readonly NeuronId[]): LayerIndex[] {
  return [...new Set(neurons.map(({ layer }) => layer))];
}

/** Consecutive parts of a table, each of whole batches but the last. */
function partsOf(table: PromptTable, batch: number): { first: number; prompts: PromptTable }[] {
  const { operator, count } = table;
  const size = batch * Math.ceil(count / batch / PARTS);
  return Array.from({ length: Math.ceil(count / size) }, (_, part) => {
    const [first, end] = [part * size, Math.min(count, (part + 1) * size)];
    const column = (values: Uint16Array): Uint16Array => values.slice(first, end);
    return {
      first,
      prompts: {
        operator,
        count: end - first,
        op1: column(table.op1),
        op2: column(table.op2),
        answer: column(table.answer),
      },
    };
  });
}

/** first .. nLayers - 1 */
export function layersFrom(first: LayerIndex, nLayers: number): LayerIndex[] {
  return Array.from({ length: Math.max(0, nLayers - first) }, (_, i) => layerIndex(first + i));
}

/**
 * Direct logits of the neurons of some layers, layer after layer, in memory that workers can share.
 * @param answers [n] token ids
 * @returns [layers x d_mlp, n]
 */
export async function answerLogits(
  model: PooledModel,
  layers: readonly LayerIndex[],
  answers: Int32Array,
): Promise<Float32Array<SharedArrayBuffer>> {
  const size = model.facts.config.dMlp * answers.length;
  const shared = emptyMaps(layers.length, size);
  const found = await Promise.all(layers.map((layer) => model.run('directLogits', { layer, answers })));
  found.forEach((values, i) => {
    shared.set(values, i * size);
  });
  return shared;
}
