import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPERATORS } from '../../src/domain/operator.js';
import { drawAnalysisSet } from '../../src/prompts/analysis-set.js';
import { hashPrompts } from '../../src/prompts/hash.js';
import { trainMask } from '../../src/prompts/split.js';
import { buildUniverse, isTrivial } from '../../src/prompts/universe.js';

const operator = fc.constantFrom(...OPERATORS);
const all = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('universes', () => {
  it('have the sizes of the embedded suite', () => {
    expect(OPERATORS.map((op) => buildUniverse(op, 100, 198).count)).toEqual([10_000, 5_050, 1_085, 9_900]);
  });

  it('hold every prompt with an answer in range, once', () => {
    fc.assert(
      fc.property(
        operator,
        fc.integer({ min: 2, max: 30 }),
        fc.integer({ min: 1, max: 80 }),
        (op, operand, answer) => {
          const universe = buildUniverse(op, operand, answer);
          const expected: string[] = [];
          for (let a = 0; a < operand; a++)
            for (let b = 0; b < operand; b++) {
              const value = { '+': a + b, '-': a - b, '*': a * b, '/': b === 0 ? NaN : Math.trunc(a / b) }[
                op
              ];
              if (value >= 0 && value <= answer) expected.push(`${a} ${b} ${value}`);
            }
          const found = all(universe.count).map(
            (p) => `${String(universe.op1[p])} ${String(universe.op2[p])} ${String(universe.answer[p])}`,
          );
          expect(found).toEqual(expected);
        },
      ),
    );
  });

  it('call a prompt trivial by its operator', () => {
    expect(isTrivial('/', 9, 10, 0)).toBe(true);
    expect(isTrivial('/', 20, 10, 2)).toBe(false);
    expect(isTrivial('*', 1, 50, 50)).toBe(true);
    expect(isTrivial('*', 2, 50, 100)).toBe(false);
    expect(isTrivial('+', 0, 7, 7)).toBe(true);
    expect(isTrivial('-', 7, 7, 0)).toBe(true);
    expect(isTrivial('-', 9, 7, 2)).toBe(false);
  });
});

describe('the split', () => {
  it('keeps both orders of a pair on one side', () => {
    fc.assert(
      fc.property(operator, fc.nat(5), (op, seed) => {
        const universe = buildUniverse(op, 20, 400);
        const mask = trainMask(universe, { trainShare: 0.8, seed, by: 'unordered_pair' });
        const sides = new Map<string, Set<number>>();
        universe.op1.forEach((a, p) => {
          const key = [a, universe.op2[p] ?? 0].sort((x, y) => x - y).join();
          sides.set(key, (sides.get(key) ?? new Set()).add(mask[p] ?? -1));
        });
        expect([...sides.values()].filter((side) => side.size > 1)).toEqual([]);
        expect(mask.filter((side) => side === 1).length / mask.length).toBeCloseTo(0.8, 1);
      }),
      { numRuns: 24 },
    );
  });

  it('depends on its seed', () => {
    const universe = buildUniverse('+', 30, 58);
    const of = (seed: number): Uint8Array => trainMask(universe, { trainShare: 0.5, seed, by: 'prompt' });
    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
  });
});

describe('analysis sets', () => {
  const universe = buildUniverse('+', 100, 198);

  it('are disjoint, of the size asked for, and free of trivial prompts', () => {
    const { discovery, evaluation } = drawAnalysisSet(universe, all(universe.count), { size: 100, seed: 3 });
    expect(discovery).toHaveLength(100);
    expect(evaluation).toHaveLength(100);
    expect(discovery.filter((p) => evaluation.includes(p))).toEqual([]);
    for (const p of [...discovery, ...evaluation]) {
      expect(universe.op1[p]).toBeGreaterThan(5);
      expect(universe.op2[p]).toBeGreaterThan(5);
    }
  });

  it('take each answer once before any twice', () => {
    const { discovery } = drawAnalysisSet(universe, all(universe.count), { size: 150, seed: 3 });
    expect(new Set(discovery.map((p) => universe.answer[p])).size).toBe(150);
  });

  it('use what there is when candidates are few', () => {
    const { discovery, evaluation } = drawAnalysisSet(universe, [3, 500, 2], { size: 2, seed: 0 });
    expect([...discovery, ...evaluation].sort((a, b) => a - b)).toEqual([2, 3, 500]);
    expect(drawAnalysisSet(universe, [], { size: 2, seed: 0 })).toEqual({ discovery: [], evaluation: [] });
  });

  it('are part of the hash, with the universe and the split', () => {
    const analysis = drawAnalysisSet(universe, all(universe.count), { size: 10, seed: 0 });
    const other = drawAnalysisSet(universe, all(universe.count), { size: 10, seed: 1 });
    const train = trainMask(universe, { trainShare: 0.8, seed: 0, by: 'prompt' });
    const hashes = [
      hashPrompts([{ universe, train: null, analysis }]),
      hashPrompts([{ universe, train: null, analysis: other }]),
      hashPrompts([{ universe, train, analysis }]),
      hashPrompts([{ universe: buildUniverse('+', 100, 197), train: null, analysis }]),
    ];
    expect(new Set(hashes).size).toBe(4);
    expect(hashPrompts([{ universe, train: null, analysis }])).toBe(hashes[0]);
  });
});
