import { TorchFileError } from '../errors/weight-file-errors.js';
import { openBytes, readBytes, requireSpan, type ByteSource } from './byte-source.js';
import { isKind, type Pickled, type TensorRef } from './pickle-values.js';
import { MAX_PICKLE_BYTES, unpickle } from './pickle.js';
import { gather, isContiguous, lastIndex } from './strided.js';
import {
  DTYPE_BYTES,
  floatStrips,
  isFloat,
  readFloats,
  type FloatSpan,
  type TensorInfo,
  type TensorSource,
} from './tensor-source.js';
import { TORCH_GLOBALS, torchStorage } from './torch-globals.js';
import { readZip, type StoredEntry } from './zip.js';

/** The largest models have a few thousand; each is held in memory by name. */
const MAX_TENSORS = 100_000;

const CONVERT =
  'Load it with PyTorch where it can be trusted and save it again: torch.save of a recent version, or safetensors.';

/** A tensor of the state dict, checked against the file that holds its storage. */
interface TorchTensor extends TensorInfo {
  readonly ref: TensorRef;
  readonly count: number;
  readonly entry: StoredEntry;
}

/**
 * Opens a file that torch.save wrote of a state dict (the ZIP format of PyTorch 1.6 and later). Nothing in it is run.
 * @throws TorchFileError for another format or a damaged file, PickleError for anything but a plain state dict
 */
export async function openTorchFile(path: string): Promise<TensorSource> {
  return readTorchFile(await openBytes(path));
}

/**
 * Reads the directory and the pickle of a PyTorch file; its tensors are read on demand. It owns `source` from then on.
 * @throws TorchFileError, PickleError, WeightFileError; the source is closed then
 */
export async function readTorchFile(source: ByteSource): Promise<TensorSource> {
  try {
    const tensors = await readDirectory(source);
    const find = (name: string): Promise<Located> => locate(source, name, tensors.get(name));
    return {
      path: source.path,
      tensors,
      read: async (name) => {
        const at = await find(name);
        return { shape: at.shape, data: await readValues(source, at) };
      },
      readStart: async (name, most) => (await readValues(source, await find(name), most)).subarray(0, most),
      strips: async function* (name, most) {
        const at = await find(name);
        if (at.stride === null) yield* floatStrips(source, at.span, most);
        else yield await readValues(source, at);
      },
      close: () => source.close(),
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function readDirectory(source: ByteSource): Promise<ReadonlyMap<string, TorchTensor>> {
  const { path } = source;
  await refuseOtherFormats(source);
  const entries = await readZip(source);
  const pickles = [...entries.values()].filter(({ name }) => /^[^/]+\/data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (pickle === undefined || pickles.length > 1)
    throw new TorchFileError(
      path,
      `${pickles.length} of its files are named data.pkl, expected one`,
      CONVERT,
    );
  const root = pickle.name.slice(0, -'data.pkl'.length);
  await requireLittleEndian(source, entries.get(`${root}byteorder`));
  const bytes = await readEntry(source, pickle, MAX_PICKLE_BYTES);
  const world = { path, globals: TORCH_GLOBALS, persistent: torchStorage };
  return stateDict(path, unpickle(bytes, world), (key) => entries.get(`${root}data/${key}`));
}

/** @throws TorchFileError saying which format it is */
async function refuseOtherFormats(source: ByteSource): Promise<void> {
  const start = await readBytes(source, 0, Math.min(512, source.size));
  const text = Buffer.from(start).toString('latin1');
  if (text.startsWith('PK')) return;
  const legacy = text.startsWith('\x80\x02') || text.slice(257, 262) === 'ustar';
  throw new TorchFileError(
    source.path,
    legacy
      ? 'has the format of PyTorch before 1.6 (a bare pickle or tar), which is not read'
      : 'is no file of torch.save (no ZIP archive)',
    ...(legacy ? [CONVERT] : []),
  );
}

async function requireLittleEndian(source: ByteSource, entry: StoredEntry | undefined): Promise<void> {
  if (entry === undefined) return; // written before PyTorch 2.1, on little-endian machines but for a few
  const order = Buffer.from(await readEntry(source, entry, 16)).toString('latin1');
  if (order !== 'little')
    throw new TorchFileError(source.path, `its byte order is '${order}'; only 'little' is read`, CONVERT);
}

/** @param limit bytes that it may have */
async function readEntry(source: ByteSource, entry: StoredEntry, limit: number): Promise<Uint8Array> {
  if (entry.size > limit)
    throw new TorchFileError(source.path, `'${entry.name}' has ${entry.size} bytes, the limit is ${limit}`);
  return readBytes(source, await entry.start(), entry.size);
}

/** The tensors of a state dict, each within its storage. @param find the file of a storage's key */
function stateDict(
  path: string,
  value: Pickled,
  find: (key: string) => StoredEntry | undefined,
): ReadonlyMap<string, TorchTensor> {
  if (!isKind(value, 'dict')) throw new TorchFileError(path, 'holds no dict of tensors by name', CONVERT);
  if (value.entries.size > MAX_TENSORS)
    throw new TorchFileError(path, `${value.entries.size} tensors exceed the limit of ${MAX_TENSORS}`);
  const tensors = new Map<string, TorchTensor>();
  for (const [name, item] of value.entries) {
    if (!isKind(item, 'tensor'))
      throw new TorchFileError(path, `'${name}' is no tensor; expected a plain state dict`, CONVERT);
    const checked = checkTensor(item, find(item.storage.key));
    if (typeof checked === 'string') throw new TorchFileError(path, `tensor '${name}': ${checked}`);
    tensors.set(name, checked);
  }
  return tensors;
}

/** @returns in words what is wrong, where something is */
function checkTensor(ref: TensorRef, entry: StoredEntry | undefined): TorchTensor | string {
  const { storage, offset, shape, stride } = ref;
  const { dtype, key, numel } = storage;
  const size = DTYPE_BYTES[dtype] ?? 0;
  if (entry === undefined) return `its storage 'data/${key}' is missing`;
  if (entry.size !== numel * size)
    return `its storage has ${entry.size} bytes, ${numel} values of ${dtype} need ${numel * size}`;
  const count = shape.reduce((product, length) => product * length, 1);
  if (!Number.isSafeInteger(count)) return `shape [${shape.join(', ')}] overflows`;
  if (count > 0 && offset + lastIndex(shape, stride) >= numel)
    return `[${shape.join(', ')}] from ${offset} with strides [${stride.join(', ')}] exceeds its ${numel} values`;
  return { ref, count, entry, dtype, shape, bytes: count * size, storage: key };
}

/** A float tensor's values in its file: in a row, or spread over `span` with strides. */
interface Located {
  readonly shape: readonly number[];
  readonly span: FloatSpan;
  /** null where the values lie in a row */
  readonly stride: readonly number[] | null;
}

/** @throws TorchFileError when there is no such tensor, it holds no floats or fewer than it shows; WeightFileError */
async function locate(source: ByteSource, name: string, tensor: TorchTensor | undefined): Promise<Located> {
  const { path } = source;
  if (tensor === undefined) throw new TorchFileError(path, `there is no tensor '${name}'`);
  const { ref, dtype, shape, count, entry } = tensor;
  if (!isFloat(dtype))
    throw new TorchFileError(path, `tensor '${name}' is ${dtype}; weights are F32, F16 or BF16`);
  // A stride of 0 lets a few bytes stand for any number of values: no weight, and memory without limit.
  if (count > ref.storage.numel)
    throw new TorchFileError(path, `tensor '${name}' repeats the values of its storage`);
  const start = await entry.start();
  requireSpan(source, start, entry.size);
  const offset = start + ref.offset * (DTYPE_BYTES[dtype] ?? 0);
  if (count === 0 || isContiguous(shape, ref.stride))
    return { shape, span: { dtype, offset, count }, stride: null };
  return { shape, span: { dtype, offset, count: lastIndex(shape, ref.stride) + 1 }, stride: ref.stride };
}

/** @param most values to read where they lie in a row */
async function readValues(source: ByteSource, at: Located, most = Infinity): Promise<Float32Array> {
  const { shape, span, stride } = at;
  if (stride === null) return readFloats(source, { ...span, count: Math.min(span.count, most) });
  return gather(await readFloats(source, span), shape, stride);
}
