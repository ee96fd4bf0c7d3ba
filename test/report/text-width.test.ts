import { describe, expect, it } from 'vitest';
import { textWidth } from '../../src/report/charts/text-width.js';

describe('the width of words', () => {
  it('is that of Helvetica', () => {
    // as the font's own metrics give them
    expect(textWidth('accuracy', { fontSize: 1000 })).toBeCloseTo(4001);
    expect(textWidth('1,024', { fontSize: 10 })).toBeCloseTo(25.02);
  });

  it('is more in bold, less where it is cut, and something for any letter', () => {
    expect(textWidth('a', { fontWeight: 'bold' })).toBeGreaterThan(textWidth('a', {}));
    expect(textWidth('a', { fontWeight: 700 })).toBe(textWidth('a', { fontWeight: 'bold' }));
    expect(textWidth('wwwwwwwwww', { limit: 20 })).toBe(20);
    expect(textWidth('語', {})).toBeGreaterThan(0);
    expect(textWidth('', {})).toBe(0);
  });
});
