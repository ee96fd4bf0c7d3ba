import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprint } from '../../src/audit/fingerprint.js';

describe('fingerprint', () => {
  it('takes no notice of the sign of a zero, and of nothing else', () => {
    const values = Float32Array.of(1, 0, -2, 0.5);
    const twin = Float32Array.of(1, -0, -2, 0.5);
    expect(fingerprint(twin)).toEqual({ ...fingerprint(values), picked: twin });
    expect(Object.is(twin[1], -0)).toBe(true);
    fc.assert(
      fc.property(fc.float32Array({ minLength: 1, noNaN: true }), fc.nat(), (data, at) => {
        const changed = data.slice();
        const i = at % data.length;
        const value = changed[i] ?? 0;
        changed[i] = value === 0 ? 1e-45 : -value;
        expect(fingerprint(changed).fingerprint).not.toBe(fingerprint(data).fingerprint);
      }),
    );
  });

  it('says norm and what is no number', () => {
    expect(fingerprint(Float32Array.of(3, NaN, 4, -Infinity))).toMatchObject({
      norm: 5,
      notFinite: 2,
      constant: false,
    });
    expect(fingerprint(Float32Array.of(0.5, 0.5))).toMatchObject({ notFinite: 0, constant: true });
  });

  it('hashes a tensor of several parts as one', () => {
    const long = Float32Array.from({ length: 600_000 }, (_, i) => Math.sin(i));
    const other = long.slice();
    other[599_999] = 2;
    expect(fingerprint(long).fingerprint).not.toBe(fingerprint(other).fingerprint);
    expect(fingerprint(long.slice()).fingerprint).toBe(fingerprint(long).fingerprint);
    expect(fingerprint(long).picked).toHaveLength(64);
  });
});
