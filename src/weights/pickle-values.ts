/** A class or function that a pickle may name, and what we do in its place. */
export interface PickleGlobal {
  readonly kind: 'global';
  /** `module.name` */
  readonly name: string;
  /**
   * What REDUCE with these arguments gives; null where it must not be called.
   * @returns what it makes, or in words what is wrong with the arguments
   */
  readonly call: ((args: readonly Pickled[]) => Pickled | Refusal) | null;
}

/** Why a value cannot be made. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly problem: string;
}

export interface PickleList {
  readonly kind: 'list';
  readonly items: Pickled[];
}

/** A dict or OrderedDict. */
export interface PickleDict {
  readonly kind: 'dict';
  readonly entries: Map<string, Pickled>;
}

/** A storage of PyTorch: `numel` values in the file `data/<key>` of the archive. */
export interface StorageRef {
  readonly kind: 'storage';
  readonly key: string;
  readonly dtype: string;
  readonly numel: number;
}

/** A tensor of PyTorch: a view of a storage, counted in values. */
export interface TensorRef {
  readonly kind: 'tensor';
  readonly storage: StorageRef;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

/** What a pickle of weights is made of; a tuple is an array. */
export type Pickled =
  | null
  | boolean
  | number
  | string
  | readonly Pickled[]
  | PickleList
  | PickleDict
  | PickleGlobal
  | StorageRef
  | TensorRef;

/** @param problem in words, for an error */
export function refusal(problem: string): Refusal {
  return { kind: 'refusal', problem };
}

export function isTuple(value: Pickled | undefined): value is readonly Pickled[] {
  return Array.isArray(value);
}

/** Whether a value is of a kind that has a name. */
export function isKind<K extends 'list' | 'dict' | 'global' | 'storage' | 'tensor'>(
  value: Pickled | undefined,
  kind: K,
): value is Extract<Pickled, { readonly kind: K }> {
  return typeof value === 'object' && value !== null && !isTuple(value) && value.kind === kind;
}
