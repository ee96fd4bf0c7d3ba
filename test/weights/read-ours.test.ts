import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../src/domain/model-config.js';
import { bytesInMemory, type ByteSource } from '../../src/weights/byte-source.js';
import { weightSpecs, type WeightSpec } from '../../src/weights/architectures.js';
import { rowPlacer, toOurs } from '../../src/weights/layout.js';
import { readOurs } from '../../src/weights/read-ours.js';
import { encodeSafetensors, readSafetensors } from '../../src/weights/safetensors.js';
import { STRIP_VALUES } from '../../src/weights/tensor-source.js';
import { TINY } from '../support/models.js';

/** A model whose matrices take several strips each, of rows that do not fill the last one. */
const WIDE: ModelConfig = {
  ...TINY,
  nLayers: 1,
  nHeads: 4,
  nKvHeads: 4,
  dHead: 200,
  dModel: 800,
  dMlp: 3200,
  dVocab: 1501,
};

function specOf(ours: string, config = WIDE): WeightSpec {
  const spec = weightSpecs(config).find((one) => one.ours === ours);
  if (spec === undefined) throw new Error(ours);
  return spec;
}

/** Multiples of 1/8 that a half float holds exactly. */
function valuesOf(shape: readonly number[]): Float32Array {
  const count = shape.reduce((product, size) => product * size, 1);
  return Float32Array.from({ length: count }, (_, i) => (((i * 7919) % 4001) - 2000) / 8);
}

/** Much quicker than `toEqual` on millions of values. */
function equal(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** Counts what is asked for at once, and the memory of arrays that is held then. */
function watched(bytes: Uint8Array) {
  const memory = bytesInMemory('watched', bytes);
  const seen = { largest: 0, held: 0, targets: new Set<ArrayBufferLike>() };
  const source: ByteSource = {
    ...memory,
    readInto: (offset, target) => {
      seen.largest = Math.max(seen.largest, target.length);
      seen.held = Math.max(seen.held, process.memoryUsage().arrayBuffers);
      seen.targets.add(target.buffer);
      return memory.readInto(offset, target);
    },
  };
  return { source, seen };
}

describe.each(['F32', 'F16'] as const)('a weight that is stored as %s', (dtype) => {
  it.each(['blocks.0.W_QKV', 'blocks.0.W_in', 'blocks.0.W_out', 'blocks.0.b_QKV', 'W_U', 'W_E'])(
    '%s: comes as if it were turned as a whole',
    async (ours) => {
      const spec = specOf(ours);
      const stored = { shape: spec.storedShape, data: valuesOf(spec.storedShape) };
      const file = encodeSafetensors(new Map([[spec.stored, stored]]), dtype, {});
      const source = await readSafetensors(bytesInMemory('memory', file));
      const [found, expected] = [await readOurs(source, spec, WIDE), toOurs(spec, stored, WIDE)];
      expect(found.shape).toEqual(expected.shape);
      expect(equal(found.data, expected.data)).toBe(true);
      expect(equal(found.data, stored.data)).toBe(ours === 'W_E');
    },
  );

  it('is never held twice: beside the result there is one strip', async () => {
    const spec = specOf('blocks.0.W_in');
    const stored = { shape: spec.storedShape, data: valuesOf(spec.storedShape) };
    const { source, seen } = watched(encodeSafetensors(new Map([[spec.stored, stored]]), dtype, {}));
    const file = await readSafetensors(source);
    seen.targets.clear();
    seen.largest = 0;
    const before = process.memoryUsage().arrayBuffers;
    await readOurs(file, spec, WIDE);
    const [strip] = seen.targets;
    expect(seen.targets.size).toBe(1);
    expect(strip?.byteLength).toBeLessThanOrEqual(4 * STRIP_VALUES);
    expect(seen.largest).toBeLessThanOrEqual((dtype === 'F32' ? 4 : 2) * STRIP_VALUES);
    // 10.2 MB of result; as much again would show.
    expect(seen.held - before).toBeLessThan(4 * (stored.data.length + STRIP_VALUES) + 500_000);
  });
});

describe('rowPlacer', () => {
  it('makes the same of any strips', () => {
    const spec = specOf('blocks.0.W_QKV', TINY);
    const stored = { shape: spec.storedShape, data: valuesOf(spec.storedShape) };
    const [height = 0, width = 0] = spec.storedShape;
    const whole = toOurs(spec, stored, TINY).data;
    expect(new Set(whole).size).toBeGreaterThan(100);
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: height - 1 }), { maxLength: 5 }), (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), height];
        const ours = new Float32Array(whole.length);
        const place = rowPlacer(spec, TINY);
        edges.slice(1).forEach((end, i) => {
          const first = edges[i] ?? 0;
          place(stored.data.subarray(first * width, end * width), first, ours);
        });
        expect(ours).toEqual(whole);
      }),
    );
  });
});

describe('half floats', () => {
  it('are decoded in the memory they are read into', async () => {
    const values = valuesOf([2 * STRIP_VALUES + 77]);
    const file = encodeSafetensors(new Map([['a', { shape: [values.length], data: values }]]), 'F16', {});
    const { source, seen } = watched(file);
    const { data } = await (await readSafetensors(source)).read('a');
    expect(equal(data, values)).toBe(true);
    expect(seen.targets.has(data.buffer)).toBe(true);
  });
});
