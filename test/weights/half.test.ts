import { getFloat16, setFloat16 } from '@petamoriken/float16';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBF16, decodeF16, encodeF16 } from '../../src/weights/half.js';

const view = new DataView(new ArrayBuffer(4));

describe('half floats', () => {
  it('decodes every binary16 as @petamoriken/float16 does', () => {
    const all = Uint16Array.from({ length: 0x10000 }, (_, i) => i);
    const expected = Float32Array.from(all, (bits) => {
      view.setUint16(0, bits);
      return getFloat16(view, 0);
    });
    const decoded = decodeF16(all);
    const differing = [...all].filter((i) => !Object.is(decoded[i], expected[i]));
    expect(differing).toEqual([]);
  });

  it('decodes any number of values from and to anywhere', () => {
    const bits = Uint16Array.of(0, 0x3c00, 0xc000, 0x3800, 0x7c00, 0x4200);
    for (const [from, to] of [
      [1, 4],
      [1, 5],
      [2, 5],
      [2, 2],
    ] as const) {
      const values = new Float32Array(7);
      decodeF16(bits.subarray(from, to), values.subarray(1, 1 + to - from));
      expect([...values]).toEqual(
        Array.from({ length: 7 }, (_, i) =>
          i > 0 && i <= to - from ? [0, 1, -2, 0.5, Infinity, 3][from + i - 1] : 0,
        ),
      );
    }
  });

  it('encodes every float32 as @petamoriken/float16 does', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (value) => {
        setFloat16(view, 0, value);
        expect(encodeF16(Float32Array.of(value))[0]).toBe(view.getUint16(0));
      }),
      {
        numRuns: 5000,
        examples: [[2 ** -24], [2 ** -25], [2 ** -25 * 1.5], [65504], [65519.99], [65520], [-0]].map(
          ([v]) => [Math.fround(v ?? 0)],
        ),
      },
    );
  });

  it('gives back every binary16 it decoded', () => {
    const finite = Uint16Array.from({ length: 0x10000 }, (_, i) => i).filter(
      (bits) => (bits & 0x7c00) !== 0x7c00,
    );
    expect(encodeF16(decodeF16(finite))).toEqual(finite);
  });

  it('decodes bfloat16 as the upper half of a float32', () => {
    const values = Float32Array.of(1, -2.5, 3.140625, 0, -0, Infinity);
    const upper = new Uint16Array(values.buffer).filter((_, i) => i % 2 === 1);
    expect(decodeBF16(upper)).toEqual(values);
  });
});
