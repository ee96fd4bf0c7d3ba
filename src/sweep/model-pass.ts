import { layerIndex, type LayerIndex, type NeuronId } from '../domain/ids.js';
import { addSums, meansOf, type ActivationMeans, type ActivationSums } from '../model/activation-sums.js';
import { directLogits } from '../model/direct-logits.js';
import type { Model } from '../model/model.js';
import type { PromptTokens } from '../model/prompt-tokens.js';
import { activationSums, universePass } from '../model/universe-pass.js';
import { complementPrompts } from '../prompts/complement.js';
import { breathe } from './checkpoint-model.js';
import type { Universes } from './prompt-sets.js';

/** What the model said about one operator's universe. */
export interface OperatorPass {
  /** [count] 1 where the argmax at `=` is the answer's token. */
  readonly correct: Uint8Array;
  /** [neurons, count] of those recorded; no rows when no layer was asked for. */
  readonly activations: Float32Array<SharedArrayBuffer>;
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
  /** First layer whose neurons are recorded; null to record none. */
  readonly firstLayer: LayerIndex | null;
  /** For each operator the neurons of these layers that are recorded; all where it is null. */
  readonly chosen?: readonly (readonly NeuronId[])[] | null;
  /** Whether mean activations are wanted too. */
  readonly wantMeans: boolean;
  readonly batch: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a model over all universes.
 * @throws InterruptedError when `signal` fires
 */
export async function modelPass(model: Model, options: ModelPassOptions): Promise<ModelPass> {
  const { tokens, universes, firstLayer, chosen, wantMeans, batch, signal } = options;
  const onBatch = (): Promise<void> => breathe(signal);
  const sums: ActivationSums[] = [];
  const layers = firstLayer === null ? [] : layersFrom(firstLayer, model.config.nLayers);
  const operators: OperatorPass[] = [];
  for (const [i, { universe }] of universes.operators.entries()) {
    const neurons = chosen?.[i];
    const pass = await universePass(model, tokens, universe, {
      ...{ layers, sums: wantMeans, batch, onBatch },
      ...(neurons && { neurons }),
    });
    const { predicted, activations } = pass;
    if (pass.sums !== null) {
      const { operator, maxOperand, maxAnswer } = universe;
      const outside = complementPrompts(operator, maxOperand, maxAnswer);
      sums.push(pass.sums, await activationSums(model, tokens, outside, { batch, onBatch }));
    }
    const correct = Uint8Array.from(universe.answer, (answer, p) =>
      predicted[p] === tokens.numbers[answer] ? 1 : 0,
    );
    operators.push({ correct, activations });
  }
  const answers = tokens.numbers.slice(0, (universes.operators[0]?.universe.maxAnswer ?? -1) + 1);
  const means = sums.length === 0 ? null : meansOf(addSums(sums));
  return { operators, directLogits: answerLogits(model, layers, answers), means };
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
export function answerLogits(
  model: Model,
  layers: readonly LayerIndex[],
  answers: Int32Array,
): Float32Array<SharedArrayBuffer> {
  const size = model.config.dMlp * answers.length;
  const shared = new Float32Array(new SharedArrayBuffer(layers.length * size * 4));
  layers.forEach((layer, i) => {
    shared.set(directLogits(model, layer, answers), i * size);
  });
  return shared;
}
