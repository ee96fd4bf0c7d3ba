import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PickleError, TorchFileError } from '../../src/errors/weight-file-errors.js';
import { bytesInMemory } from '../../src/weights/byte-source.js';
import { openTorchFile, readTorchFile } from '../../src/weights/torch-file.js';
import { projectPath, readAll } from '../support/fixtures.js';

const fixture = (name: string): string => projectPath(`test/fixtures/weights/torch/${name}`);

/** A file with the first of some bytes changed wherever they stand; both of one length. */
function changed(name: string, from: string, to: string): Uint8Array {
  const text = readFileSync(fixture(name)).toString('latin1');
  expect(text).toContain(from);
  expect(to).toHaveLength(from.length);
  return Buffer.from(text.replaceAll(from, to), 'latin1');
}

async function failureOf(bytes: Uint8Array, name?: string): Promise<unknown> {
  try {
    const source = await readTorchFile(bytesInMemory('model.bin', bytes));
    for (const tensor of name === undefined ? source.tensors.keys() : [name]) await source.read(tensor);
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('a file of torch.save', () => {
  it.each(['fp32', 'fp16', 'bf16'])('%s: gives the values that torch reads', async (name) => {
    const expected = await readAll(fixture(`${name}.safetensors`));
    const source = await openTorchFile(fixture(`${name}.bin`));
    const dtype = { fp32: 'F32', fp16: 'F16', bf16: 'BF16' }[name];
    for (const [key, { shape, data }] of expected) {
      expect(source.tensors.get(key), key).toMatchObject({ dtype, shape });
      const read = await source.read(key);
      expect(read.shape).toEqual(shape);
      // NaN-safe and telling -0 from 0
      expect(
        [...read.data].every((value, i) => Object.is(value, data[i])),
        key,
      ).toBe(true);
      expect(read.data.length).toBe(data.length);
    }
    expect(expected.get('transposed')?.shape).toEqual([5, 6]);
    expect(expected.get('extremes')?.data[0]).toBe(Infinity);
    await source.close();
  });

  it('tells what it holds, integers and shared storages among it, before anything is read', async () => {
    const source = await openTorchFile(fixture('fp16.bin'));
    const { tensors } = source;
    expect(Object.fromEntries([...tensors].map(([name, { dtype }]) => [name, dtype]))).toMatchObject({
      mask: 'U8',
      bool: 'BOOL',
      i8: 'I8',
      i16: 'I16',
      i32: 'I32',
      i64: 'I64',
      tied: 'F16',
    });
    expect(tensors.get('mask')).toMatchObject({ shape: [1, 1, 3, 3], bytes: 9 });
    expect(tensors.get('tied')?.storage).toBe(tensors.get('weight')?.storage);
    expect(tensors.get('rows')?.storage).toBe(tensors.get('transposed')?.storage);
    expect(tensors.get('bias')?.storage).not.toBe(tensors.get('weight')?.storage);
    await expect(source.read('mask')).rejects.toThrow(/'mask' is U8; weights are F32/);
    await expect(source.read('absent')).rejects.toThrow(/no tensor 'absent'/);
    await source.close();
  });

  it.each([
    ['double.bin', TorchFileError, /'a' is F64/],
    ['expanded.bin', TorchFileError, /'a' repeats the values/],
    ['legacy.bin', TorchFileError, /PyTorch before 1\.6/],
    ['nested.bin', TorchFileError, /'state_dict' is no tensor/],
    ['module.bin', PickleError, /byte 2, torch\.nn\.modules\.linear\.Linear: .*refused/],
    ['negative.bin', PickleError, /REDUCE: a tensor with metadata/],
  ])('refuses %s', async (name, type, message) => {
    const error = await failureOf(readFileSync(fixture(name)));
    expect(error).toBeInstanceOf(type);
    expect(String(error)).toMatch(message);
  });

  it.each([
    ['big-endian machines', 'little', 'bigger', /byte order is 'bigger'/],
    ['a storage that is missing', '/data/3', '/data/x', /storage 'data\/3' is missing/],
    ['no pickle', 'data.pkl', 'data.pkg', /0 of its files are named data\.pkl/],
    ['another protocol', '\x80\x02c', '\x80\x04c', /PROTO: protocol 4/],
    ['another global', 'torch._utils\n', 'torch._evils\n', /torch\._evils\._rebuild_tensor_v2.*refused/],
    ['another class of storage', 'torch\nByteStorage', 'torch\nBiteStorage', /torch\.BiteStorage/],
    ['no archive', 'PK\x05\x06', 'PK\x05\x07', /is no whole ZIP archive/],
    ['another local header', 'PK\x03\x04', 'PK\x03\x05', /is no whole ZIP archive/],
    ['no file of PyTorch at all', 'PK\x03\x04', 'GIF8', /no file of torch\.save/],
  ])('refuses %s', async (_name, from, to, message) => {
    const error = await failureOf(changed('fp32.bin', from, to));
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toMatch(message);
  });

  it('reads files of versions that state no byte order', async () => {
    const source = await readTorchFile(
      bytesInMemory('model.bin', changed('fp32.bin', '/byteorder', '/otherfile')),
    );
    expect((await source.read('weight')).shape).toEqual([2, 3]);
    await source.close();
  });

  it('refuses files in the archive that are compressed, or of one name', async () => {
    const file = Buffer.from(readFileSync(fixture('fp32.bin')));
    const directory = file.indexOf('PK\x01\x02', 0, 'latin1');
    file.writeUInt16LE(8, directory + 10); // the method of its first entry
    expect(String(await failureOf(file))).toMatch(/'fp32\/data\.pkl' is compressed or encrypted/);
    const twice = await failureOf(changed('fp32.bin', '/data/1', '/data/0'));
    expect(String(twice)).toMatch(/'fp32\/data\/0' is twice in the archive/);
  });

  it('refuses a file cut short anywhere', async () => {
    const file = readFileSync(fixture('tiny.bin'));
    for (let length = 0; length < file.length; length += 7)
      expect(await failureOf(file.subarray(0, length)), `${length} bytes`).toBeInstanceOf(TorchFileError);
  });

  it('refuses a view that leaves its storage', async () => {
    // Sizes and strides of `columns`: (6, 3), (5, 1)
    const error = await failureOf(changed('fp32.bin', 'K\x06K\x03\x86', 'K\x09K\x03\x86'));
    expect(String(error)).toMatch(/tensor 'columns': \[9, 3\] from 1 with strides \[5, 1\] exceeds its 30/);
  });

  it('refuses a storage of another size than its file', async () => {
    const error = await failureOf(changed('fp32.bin', 'cpuq\x07K\x06t', 'cpuq\x07K\x05t'));
    expect(String(error)).toMatch(/tensor 'weight': its storage has 24 bytes, 5 values of F32 need 20/);
  });

  it('refuses a tar file of the oldest versions', async () => {
    const tar = Buffer.alloc(1024);
    tar.write('sys_info');
    tar.write('ustar', 257);
    expect(String(await failureOf(tar))).toMatch(/before 1\.6/);
  });
});
