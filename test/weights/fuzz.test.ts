import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/domain/random.js';
import { HeuristraceError } from '../../src/errors/errors.js';
import { PickleError, WeightFileError } from '../../src/errors/weight-file-errors.js';
import { bytesInMemory, type ByteSource } from '../../src/weights/byte-source.js';
import { unpickle } from '../../src/weights/pickle.js';
import { encodeSafetensors, readSafetensors } from '../../src/weights/safetensors.js';
import type { TensorSource } from '../../src/weights/tensor-source.js';
import { readTorchFile } from '../../src/weights/torch-file.js';
import { TORCH_GLOBALS, torchStorage } from '../../src/weights/torch-globals.js';
import { projectPath } from '../support/fixtures.js';
import { mutated } from '../support/mutations.js';

/** FUZZ_RUNS and FUZZ_SEED look further than a test run has time for. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 20_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? 7);
/** Reads of a file that has a dozen parts; more would be a loop. */
const MAX_READS = 1000;

type Reader = (source: ByteSource) => Promise<TensorSource>;

/** Memory that refuses to be read beyond its end, or without end, and is watched while it is. */
function watched(bytes: Uint8Array): ByteSource {
  const memory = bytesInMemory('fuzzed', bytes);
  let reads = 0;
  return {
    ...memory,
    readInto: (offset, target) => {
      if (++reads > MAX_READS) throw new Error(`more than ${MAX_READS} reads`);
      // The target is allocated by now: sizes must have been held against the file before.
      if (offset < 0 || offset + target.length > bytes.length)
        throw new Error(`${target.length} bytes at ${offset} asked of a file of ${bytes.length}`);
      return memory.readInto(offset, target);
    },
  };
}

/** Opens bytes and reads every tensor. @returns whether all went well; @throws whatever is no error of ours */
async function survives(reader: Reader, bytes: Uint8Array): Promise<boolean> {
  try {
    const source = await reader(watched(bytes));
    for (const [name, { shape }] of source.tensors) {
      const read = await source.read(name).catch(expected);
      if (read === undefined) continue;
      expect(read.shape).toEqual(shape);
      expect(read.data.length).toBe(shape.reduce((product, size) => product * size, 1));
      expect(read.data.length).toBeLessThanOrEqual(bytes.length);
    }
    await source.close();
    return true;
  } catch (error) {
    expected(error);
    return false;
  }
}

/** @throws the error, unless it is one that names a fault of the file */
function expected(error: unknown): undefined {
  if (error instanceof WeightFileError) return;
  if (error instanceof HeuristraceError && error.kind === 'safetensors') return;
  throw error;
}

function spanOf(file: Uint8Array, from: string, to: string): readonly [number, number] {
  const text = Buffer.from(file).toString('latin1');
  return [text.indexOf(from), text.indexOf(to, text.indexOf(from)) + to.length];
}

async function fuzz(
  reader: Reader,
  file: Uint8Array,
  focus: readonly (readonly [number, number])[],
): Promise<void> {
  expect(await survives(reader, file)).toBe(true);
  let read = 0;
  for (let run = 0; run < RUNS; run++) {
    const bytes = mutated(file, focus, randomStream(SEED, 'fuzz', reader.name, run));
    try {
      if (await survives(reader, bytes)) read++;
    } catch (error) {
      throw new Error(`mutation ${run}`, { cause: error });
    }
  }
  // Neither all refused, which would test one check only, nor all read.
  expect(read / RUNS).toBeGreaterThan(0.01);
  expect(read / RUNS).toBeLessThan(0.6);
}

describe('mutated weight files are read, or refused with an error of ours', () => {
  it('safetensors', async () => {
    const data = Float32Array.from({ length: 6 }, (_, i) => i / 7);
    const file = encodeSafetensors(
      new Map([
        ['a', { shape: [2, 3], data }],
        ['b', { shape: [6], data }],
        ['c', { shape: [], data: data.subarray(0, 1) }],
      ]),
      'F16',
      { format: 'pt' },
    );
    await fuzz(readSafetensors, file, [[0, 8], spanOf(file, '{', '}}')]);
  });

  it('PyTorch', async () => {
    const file = readFileSync(projectPath('test/fixtures/weights/torch/tiny.bin'));
    const directory = spanOf(file, 'PK\x01\x02', 'PK\x05\x06');
    await fuzz(readTorchFile, file, [spanOf(file, '\x80\x02', 'u.'), directory, [directory[1], file.length]]);
  });

  it('pickles alone, of a state dict with views, parameters and buffers', () => {
    const file = readFileSync(projectPath('test/fixtures/weights/torch/fp32.bin'));
    const [from, to] = spanOf(file, '\x80\x02', 'sb.');
    const pickle = file.subarray(from, to);
    const world = { path: 'fuzzed', globals: TORCH_GLOBALS, persistent: torchStorage };
    expect(unpickle(pickle, world)).toMatchObject({ kind: 'dict' });
    let read = 0;
    for (let run = 0; run < RUNS; run++) {
      try {
        unpickle(mutated(pickle, [[0, pickle.length]], randomStream(SEED, 'fuzz pickle', run)), world);
        read++;
      } catch (error) {
        if (!(error instanceof PickleError)) throw new Error(`mutation ${run}`, { cause: error });
      }
    }
    expect(read / RUNS).toBeGreaterThan(0.01);
  });
});
