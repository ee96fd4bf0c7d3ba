import fc from 'fast-check';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SafetensorsError } from '../../src/errors/checkpoint-errors.js';
import { MAX_HEADER_BYTES, parseHeader } from '../../src/weights/safetensors-header.js';
import { encodeSafetensors, openSafetensors } from '../../src/weights/safetensors.js';
import { projectPath, readAll } from '../support/fixtures.js';
import { scratchFolder } from '../support/scratch.js';

/** A file from a header as JSON text and a number of data bytes. */
function fileOf(header: string, dataBytes: number): Uint8Array {
  const json = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(dataBytes)]);
}

const tensor = (dtype: string, shape: number[], from: number, to: number): string =>
  JSON.stringify({ dtype, shape, data_offsets: [from, to] });

async function problemOf(bytes: Uint8Array): Promise<string> {
  const path = join(scratchFolder(), 'model.safetensors');
  writeFileSync(path, bytes);
  const error: unknown = await openSafetensors(path).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SafetensorsError);
  return error instanceof SafetensorsError ? error.problem : '';
}

describe('safetensors', () => {
  it('reads a file that the Python package wrote', async () => {
    const tensors = await readAll(projectPath('test/fixtures/gpt-neox/heads3-rotary-half/model.safetensors'));
    expect(tensors.get('gpt_neox.embed_in.weight')?.shape).toEqual([37, 24]);
    expect(tensors.size).toBe(2 * 12 + 4);
  });

  it('gives back what it wrote, in float32 exactly and in float16 rounded', async () => {
    const data = Float32Array.of(1, -0.1, 65504, 1e-8, 3, 7);
    for (const [dtype, expected] of [
      ['F32', data],
      ['F16', Float32Array.of(1, -0.0999755859375, 65504, 0, 3, 7)],
    ] as const) {
      const path = join(scratchFolder(), 'x.safetensors');
      writeFileSync(path, encodeSafetensors(new Map([['a', { shape: [2, 3], data }]]), dtype, { note: 'x' }));
      const file = await openSafetensors(path);
      expect(file.header.metadata).toEqual({ note: 'x' });
      expect(await file.read('a')).toEqual({ shape: [2, 3], data: expected });
      await file.close();
    }
  });

  it.each([
    ['shorter than a header length', Buffer.from([1, 2, 3]), /truncated: 3 bytes/],
    ['a header longer than the file', fileOf('{}', 0).subarray(0, 9), /truncated: header of 2 bytes/],
    ['not an object', fileOf('[1]', 0), /does not start with/],
    ['not JSON', fileOf('{"a"', 0), /not JSON/],
    ['not UTF-8', Buffer.concat([fileOf('{}', 0).subarray(0, 8), Buffer.from([0x7b, 0xff])]), /UTF-8/],
    [
      'a name twice',
      fileOf(`{"a":${tensor('F32', [1], 0, 4)},"a":${tensor('F32', [1], 0, 4)}}`, 4),
      /'a' occurs twice/,
    ],
    [
      'an escaped name twice',
      fileOf(`{"a":${tensor('F32', [1], 0, 4)},"\\u0061":${tensor('F32', [1], 0, 4)}}`, 4),
      /twice/,
    ],
    [
      'overlap',
      fileOf(`{"a":${tensor('F32', [2], 0, 8)},"b":${tensor('F32', [1], 4, 8)}}`, 8),
      /'b' overlaps/,
    ],
    [
      'a hole',
      fileOf(`{"a":${tensor('F32', [1], 0, 4)},"b":${tensor('F32', [1], 8, 12)}}`, 12),
      /'b' leaves a hole/,
    ],
    ['a hole at the start', fileOf(`{"a":${tensor('F32', [1], 4, 8)}}`, 8), /'a' leaves a hole/],
    [
      'a span of the wrong size',
      fileOf(`{"a":${tensor('F32', [3], 0, 8)}}`, 8),
      /8 bytes, F32 \[3\] needs 12/,
    ],
    ['an unknown dtype', fileOf(`{"a":${tensor('F31', [1], 0, 4)}}`, 4), /unknown dtype/],
    ['a dtype named like a method', fileOf(`{"a":${tensor('toString', [1], 0, 4)}}`, 4), /unknown dtype/],
    ['a negative size', fileOf(`{"a":${tensor('F32', [-1], 0, 4)}}`, 4), /no list of whole numbers/],
    ['an overflow', fileOf(`{"a":${tensor('F32', [2 ** 40, 2 ** 40], 0, 4)}}`, 4), /overflows/],
    ['data cut short', fileOf(`{"a":${tensor('F32', [2], 0, 8)}}`, 5), /truncated: the header describes/],
    ['bytes behind the data', fileOf(`{"a":${tensor('F32', [1], 0, 4)}}`, 9), /oversized: 5 bytes/],
    ['a description that is no object', fileOf('{"a":3}', 0), /no object/],
    ['metadata that is no text', fileOf('{"__metadata__":{"a":1}}', 0), /no string/],
  ])('refuses %s', async (_name, bytes, expected) => {
    expect(await problemOf(bytes)).toMatch(expected);
  });

  it('refuses a header beyond 100 MB without reading it', async () => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(MAX_HEADER_BYTES + 1));
    expect(await problemOf(length)).toMatch(/exceeds the limit/);
  });

  it('refuses integer tensors as weights', async () => {
    const path = join(scratchFolder(), 'x.safetensors');
    writeFileSync(path, fileOf(`{"mask":${tensor('U8', [4], 0, 4)}}`, 4));
    const file = await openSafetensors(path);
    await expect(file.read('mask')).rejects.toThrow(/'mask' is U8/);
    await expect(file.read('absent')).rejects.toThrow(/no tensor 'absent'/);
    await file.close();
  });

  it('notices a file that shrinks after it was opened', async () => {
    const path = join(scratchFolder(), 'x.safetensors');
    writeFileSync(
      path,
      encodeSafetensors(new Map([['a', { shape: [64], data: new Float32Array(64) }]]), 'F32', {}),
    );
    const file = await openSafetensors(path);
    truncateSync(path, 100);
    await expect(file.read('a')).rejects.toThrow(/became shorter/);
    await file.close();
  });

  it('names a fault or reads on, whatever bytes of the header are changed', () => {
    const bytes = readFileSync(projectPath('test/fixtures/gpt-neox/heads3-rotary-half/model.safetensors'));
    const length = Number(bytes.readBigUInt64LE(0));
    const json = bytes.subarray(8, 8 + length);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const mutated = Buffer.from(json);
          for (const [at, value] of changes) mutated[at] = value;
          try {
            const header = parseHeader('x', mutated, bytes.length);
            for (const { start, end } of header.tensors.values())
              expect(0 <= start && end <= bytes.length).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(SafetensorsError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
