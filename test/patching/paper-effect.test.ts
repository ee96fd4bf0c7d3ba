import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paperEffect, type LogProbPair } from '../../src/patching/paper-effect.js';

const logs = ({ clean, corrupted }: LogProbPair): LogProbPair => ({
  clean: Math.log(clean),
  corrupted: Math.log(corrupted),
});
const probability = fc.double({ min: 1e-6, max: 0.5, noNaN: true });
const probabilities = fc.record({ clean: probability, corrupted: probability });

describe('the effect of the paper', () => {
  it('is Eq. 1', () => {
    // By hand: 1/2 [(0.3 - 0.1) / 0.1 + (0.6 - 0.4) / 0.4]
    const effect = paperEffect(logs({ clean: 0.6, corrupted: 0.1 }), logs({ clean: 0.4, corrupted: 0.3 }));
    expect(effect).toBeCloseTo(1.25, 12);
    fc.assert(
      fc.property(probabilities, probabilities, (before, after) => {
        const gained = (after.corrupted - before.corrupted) / before.corrupted;
        const lost = (before.clean - after.clean) / after.clean;
        const found = paperEffect(logs(before), logs(after));
        expect(Math.abs(found - (gained + lost) / 2)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(found)));
        expect(found).toBeGreaterThan(-1);
      }),
    );
  });

  it('is 0 where nothing changes, and infinite where a ratio overflows', () => {
    const before = { clean: -0.2, corrupted: -1200 };
    expect(paperEffect(before, before)).toBe(0);
    expect(paperEffect(before, { clean: -0.2, corrupted: -1 })).toBe(Infinity);
    expect(paperEffect({ clean: -1200, corrupted: -1 }, { clean: -0.1, corrupted: -1200 })).toBe(-1);
  });
});
