declare const brand: unique symbol;
type Branded<T, B extends string> = T & { readonly [brand]: B };

/** Training step of a checkpoint: number of optimiser updates, 0 before the first. */
export type Step = Branded<number, 'Step'>;
/** Seed of a training run inside a suite. */
export type Seed = Branded<number, 'Seed'>;
/** Transformer block, counted from 0. */
export type LayerIndex = Branded<number, 'LayerIndex'>;
/** Neuron of an MLP (index into d_mlp), counted from 0 inside its layer. */
export type NeuronIndex = Branded<number, 'NeuronIndex'>;

/** A neuron of `mlp_post`, named by layer and index. */
export interface NeuronId {
  readonly layer: LayerIndex;
  readonly neuron: NeuronIndex;
}

function natural(value: number, what: string): number {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`${what} must be a whole number >= 0, got ${value}`);
  return value;
}

/** Checks and brands a training step. @throws RangeError when it is not a whole number >= 0. */
export const step = (value: number): Step => natural(value, 'step') as Step;
/** Checks and brands a seed. @throws RangeError when it is not a whole number >= 0. */
export const seed = (value: number): Seed => natural(value, 'seed') as Seed;
/** Checks and brands a layer index. @throws RangeError when it is not a whole number >= 0. */
export const layerIndex = (value: number): LayerIndex => natural(value, 'layer') as LayerIndex;
/** Checks and brands a neuron index. @throws RangeError when it is not a whole number >= 0. */
export const neuronIndex = (value: number): NeuronIndex => natural(value, 'neuron') as NeuronIndex;

/** A neuron's id alone, of an object that says more of it. */
export function bareId({ layer, neuron }: NeuronId): NeuronId {
  return { layer, neuron };
}
