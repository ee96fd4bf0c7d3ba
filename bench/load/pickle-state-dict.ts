import { VALUE_BYTES, bytesOf, type Filled, type FloatDtype } from './filler.js';

const STORAGES: Readonly<Record<FloatDtype, string>> = {
  F32: 'FloatStorage',
  F16: 'HalfStorage',
  BF16: 'BFloat16Storage',
};

const bytes = (...values: readonly number[]): Buffer => Buffer.from(values);
const [MARK, TUPLE, REDUCE, PERSISTENT_ID] = [bytes(0x28), bytes(0x74), bytes(0x52), bytes(0x51)];
const [EMPTY_DICT, EMPTY_TUPLE, SET_ITEMS, FALSE] = [bytes(0x7d), bytes(0x29), bytes(0x75), bytes(0x89)];

function int(value: number): Buffer {
  const op = Buffer.alloc(5, 'J');
  op.writeInt32LE(value, 1);
  return op;
}

function text(value: string): Buffer {
  const op = Buffer.alloc(5, 'X');
  op.writeUInt32LE(Buffer.byteLength(value), 1);
  return Buffer.concat([op, Buffer.from(value)]);
}

const global = (module: string, name: string): Buffer => Buffer.from(`c${module}\n${name}\n`, 'latin1');
const tuple = (...items: readonly Buffer[]): Buffer => Buffer.concat([MARK, ...items, TUPLE]);

/** The pickle of a state dict; tensor i lies alone in storage i. */
export function pickleStateDict(tensors: readonly Filled[], dtype: FloatDtype): Buffer {
  const items = tensors.map((tensor, key) => {
    const count = bytesOf(tensor, dtype) / VALUE_BYTES[dtype];
    const storage = global('torch', STORAGES[dtype]);
    const id = tuple(text('storage'), storage, text(String(key)), text('cpu'), int(count));
    const { shape } = tensor;
    const strides = shape.map((_, d) => shape.slice(d + 1).reduce((product, size) => product * size, 1));
    const hooks = Buffer.concat([global('collections', 'OrderedDict'), EMPTY_TUPLE, REDUCE]);
    const own = [
      Buffer.concat([id, PERSISTENT_ID]),
      int(0),
      tuple(...shape.map(int)),
      tuple(...strides.map(int)),
    ];
    const rebuild = global('torch._utils', '_rebuild_tensor_v2');
    return Buffer.concat([text(tensor.name), rebuild, tuple(...own, FALSE, hooks), REDUCE]);
  });
  return Buffer.concat([bytes(0x80, 2), EMPTY_DICT, MARK, ...items, SET_ITEMS, bytes(0x2e)]);
}
