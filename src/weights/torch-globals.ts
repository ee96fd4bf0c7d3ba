import {
  isKind,
  isTuple,
  refusal,
  type PickleGlobal,
  type Pickled,
  type Refusal,
  type StorageRef,
} from './pickle-values.js';

/** PyTorch's classes of storages, and the dtypes of their values. */
const STORAGES: Readonly<Record<string, string>> = {
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  DoubleStorage: 'F64',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
};

/** As many dimensions as PyTorch allows. */
const MAX_RANK = 64;

const CALLS: Readonly<Record<string, PickleGlobal['call']>> = {
  'collections.OrderedDict': (args) =>
    args.length === 0
      ? { kind: 'dict', entries: new Map<string, Pickled>() }
      : refusal('an OrderedDict with arguments'),
  'torch._utils._rebuild_tensor_v2': rebuildTensor,
  'torch._utils._rebuild_parameter': ([tensor]) =>
    isKind(tensor, 'tensor') ? tensor : refusal('a parameter that is no tensor'),
};

/** Everything that the pickle of a state dict may name. */
export const TORCH_GLOBALS: ReadonlyMap<string, PickleGlobal> = new Map(
  [
    ...Object.entries(CALLS),
    ...Object.keys(STORAGES).map((name): [string, null] => [`torch.${name}`, null]),
  ].map(([name, call]) => [name, { kind: 'global', name, call }]),
);

/** A storage by its persistent id `('storage', class, key, location, numel)`; where it once lay does not matter. */
export function torchStorage(id: Pickled): StorageRef | Refusal {
  const [tag, storage, key, , numel] = isTuple(id) && id.length === 5 ? id : [];
  const dtype = isKind(storage, 'global') ? STORAGES[storage.name.replace(/^torch\./, '')] : undefined;
  if (tag !== 'storage' || dtype === undefined || typeof key !== 'string' || !isNatural(numel))
    return refusal('the id of a storage is malformed');
  return { kind: 'storage', key, dtype, numel };
}

/** `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks, metadata)` */
function rebuildTensor(args: readonly Pickled[]): Pickled | Refusal {
  const [storage, offset, shape, stride, , , metadata = null] = args;
  if (!isKind(storage, 'storage') || !isNatural(offset)) return refusal('a tensor without storage');
  if (!isNaturals(shape) || !isNaturals(stride) || shape.length !== stride.length)
    return refusal('the sizes or strides of a tensor are malformed');
  if (isKind(metadata, 'dict') ? metadata.entries.size > 0 : metadata !== null)
    return refusal('a tensor with metadata, which may negate its values');
  return { kind: 'tensor', storage, offset, shape, stride };
}

function isNatural(value: Pickled | undefined): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isNaturals(value: Pickled | undefined): value is readonly number[] {
  return isTuple(value) && value.length <= MAX_RANK && value.every(isNatural);
}
