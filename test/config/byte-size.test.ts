import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBytes, parseByteSize } from '../../src/config/byte-size.js';
import { UsageError } from '../../src/errors/errors.js';

describe('sizes', () => {
  it.each([
    ['50GB', 50e9],
    ['1.5TB', 1.5e12],
    ['700MB', 700e6],
    ['0.0015 kb', 2],
    [' 12 gb ', 12e9],
    ['4096B', 4096],
    ['4096', 4096],
    ['0', 0],
  ])('%s', (text, bytes) => {
    expect(parseByteSize(text, '--disk-budget')).toBe(bytes);
  });

  it.each(['', 'GB', '-1GB', '5 GiB', '5G', '1e9', '1,5GB', '9999999999TB', 'NaN', '1 2 GB'])(
    "'%s' is refused, with what it was for",
    (text) => {
      expect(() => parseByteSize(text, '--disk-budget')).toThrow(UsageError);
      expect(() => parseByteSize(text, '--disk-budget')).toThrow(/--disk-budget/);
    },
  );

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [999_600, '1.00 MB'],
    [281_700_000, '282 MB'],
    [13_712_000_000, '13.7 GB'],
    [4.2e15, '4200 TB'],
  ])('%d bytes are said as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('what is said is read again to three digits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 15 }), (bytes) => {
        const again = parseByteSize(formatBytes(bytes), 'a test');
        expect(Math.abs(again - bytes)).toBeLessThanOrEqual(bytes * 0.005);
      }),
    );
  });
});
