import { describe, expect, it } from 'vitest';
import type { Family, Heuristic, Target } from '../../src/domain/heuristic.js';
import { OPERATORS } from '../../src/domain/operator.js';
import { compileHeuristics, type Plan } from '../../src/heuristics/plan.js';
import { DEFAULT_PRESET, PRESETS } from '../../src/heuristics/presets.js';
import type { HeuristicPreset } from '../../src/heuristics/preset.js';
import { promptsOf, universeOf } from './universe.js';

function presetOf(name: string): HeuristicPreset {
  const preset = PRESETS[name];
  if (preset === undefined) throw new Error(`no preset ${name}`);
  return preset;
}
const paper = presetOf('paper');
const released = presetOf('released-code');

function of(plan: Plan, target: Target, family: Family): Heuristic[] {
  return plan.heuristics.filter((one) => one.target === target && one.family === family);
}
const keys = (heuristics: readonly Heuristic[]): string[] => heuristics.map(({ key }) => key);

describe('the presets', () => {
  it('are plain data that survive JSON', () => {
    expect(Object.keys(PRESETS)).toEqual(['paper', 'released-code']);
    expect(DEFAULT_PRESET).toBe('paper');
    expect(JSON.parse(JSON.stringify(PRESETS))).toEqual(PRESETS);
  });

  it.each(OPERATORS)('give keys that are unique and plans that can be sent to a worker (%s)', (operator) => {
    for (const preset of [paper, released]) {
      const plan = compileHeuristics({ preset, universe: universeOf(operator, 30, 50) });
      expect(new Set(keys(plan.heuristics)).size).toBe(plan.heuristics.length);
      expect(structuredClone(plan)).toEqual(plan);
    }
  });
});

describe('the preset of the paper on the paper universe', () => {
  const universe = universeOf('+', 300, 530);
  const plan = compileHeuristics({ preset: paper, universe });

  it('has the families at their full size', () => {
    // Starts 0, s, 2 s, ... below 299: 30 of length 10 and of 30 (s = 10), 19 of 50 (s = 16), 10 of 100 (s = 33);
    // those that are clipped to the same end coincide.
    const ends = [10, 30, 50, 100].flatMap((length) => {
      const s = Math.max(Math.floor(length / 3), 10);
      return Array.from({ length: 300 }, (_, a) => a)
        .filter((a) => a % s === 0 && a < 299)
        .map((a) => `op1 in [${a},${Math.min(a + length, 300)})`);
    });
    expect(keys(of(plan, 'op1', 'range'))).toEqual([...new Set(ends)]);
    expect(ends.length).toBe(30 + 30 + 19 + 10);
    expect(of(plan, 'op2', 'mod')).toHaveLength(2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 11 + 13 + 15);
    // .d. and ..d 10 each, d.d 3 x 10, .dd 100
    expect(of(plan, 'op1', 'pattern')).toHaveLength(10 + 10 + 30 + 100);
    expect(of(plan, 'op1', 'value')).toHaveLength(300);
    expect(of(plan, 'result', 'value')).toHaveLength(531);
    expect(keys(of(plan, 'operands', 'identical'))).toEqual(['op1 = op2']);
    expect(of(plan, 'operands', 'value')).toHaveLength(0);
  });

  it('matches every heuristic on as many prompts as it holds for', () => {
    expect(plan.heuristics.every(({ k, associated }) => k === associated)).toBe(true);
    const odd = plan.heuristics.find(({ key }) => key === 'result = 1 mod 2');
    const expected = promptsOf(universe).filter(({ answer }) => answer % 2 === 1).length;
    expect(odd).toMatchObject({ associated: expected, baseRate: expected / universe.count });
  });

  it('leaves out patterns that are ranges or values', () => {
    for (const { key } of plan.heuristics.filter(({ family }) => family === 'pattern'))
      expect(key).toMatch(/~ (\.\d\.|\.\.\d|\d\.\d|\.\d\d)$/);
  });
});

describe('the preset of the paper on a small universe', () => {
  const plan = compileHeuristics({ preset: paper, universe: universeOf('-', 20, 999) });

  it('clips ranges at the largest value, once each, and drops what holds always', () => {
    // Of lengths 10 and 30 those from 10 are both [10,20); [16,20) is of length 50; from 0 all but the first hold always.
    expect(keys(of(plan, 'op1', 'range'))).toEqual(['op1 in [0,10)', 'op1 in [10,20)', 'op1 in [16,20)']);
    for (const { baseRate } of plan.heuristics) expect(baseRate).toBeLessThan(1);
  });

  it('names one set of prompts once, in the order value, range, mod, pattern', () => {
    // .0. and .1. are [0,10) and [10,20), 0.5 is ..5, .05 and 5 mod 15 are values.
    const patterns = keys(of(plan, 'op1', 'pattern'));
    expect(patterns).toEqual(Array.from({ length: 10 }, (_, digit) => `op1 ~ ..${digit}`));
    const mod15 = keys(of(plan, 'op1', 'mod')).filter((key) => key.endsWith('mod 15'));
    expect(mod15).toEqual([0, 1, 2, 3, 4].map((m) => `op1 = ${m} mod 15`));
  });

  it('tries several results at once for division only', () => {
    expect(plan.multi).toBeNull();
    expect(compileHeuristics({ preset: paper, universe: universeOf('/', 20, 999) }).multi).not.toBeNull();
  });
});

describe('options of a preset', () => {
  it('bounds the base rate and k', () => {
    const universe = universeOf('*', 20, 60);
    const bounded = { ...paper, largestBaseRate: 0.3, smallestK: 4 };
    const plan = compileHeuristics({ preset: bounded, universe });
    const all = compileHeuristics({ preset: paper, universe }).heuristics;
    expect(plan.heuristics).toEqual(all.filter(({ baseRate, k }) => baseRate <= 0.3 && k >= 4));
    expect(plan.heuristics.length).toBeLessThan(all.length);
  });

  it('takes a preset that no code knows', () => {
    const own: HeuristicPreset = {
      name: 'own',
      description: 'tens of the result',
      threshold: 0.8,
      families: [
        {
          family: 'range',
          operators: ['+'],
          targets: ['result'],
          lengths: [10],
          step: 'length',
          startsBelow: 'afterMaxAnswer',
          k: { rule: 'associated', atMost: 'maxOperand' },
        },
      ],
    };
    const plan = compileHeuristics({ preset: own, universe: universeOf('+', 15, 25) });
    expect(keys(plan.heuristics)).toEqual(['result in [0,10)', 'result in [10,20)', 'result in [20,26)']);
    expect(plan.heuristics.map(({ k }) => k)).toEqual([15, 15, 15]);
    expect(compileHeuristics({ preset: own, universe: universeOf('-', 15, 25) }).heuristics).toEqual([]);
  });
});

describe('the preset of the released code', () => {
  const at = (operator: (typeof OPERATORS)[number]): Plan =>
    compileHeuristics({ preset: released, universe: universeOf(operator, 300, 530) });
  const kOf = (plan: Plan, key: string): number | undefined =>
    plan.heuristics.find((heuristic) => heuristic.key === key)?.k;

  it('leaves out sums of exactly S and division of 0', () => {
    const sums = universeOf('+', 300, 530);
    // Sums of 530 with both operands below 300: op1 in 231 .. 299.
    expect(at('+').count).toBe(sums.count - 69);
    expect(at('-').count).toBe(45_150);
    expect(at('-').included).toBeNull();
    expect(at('/').count).toBe(299 * 299);
  });

  it('sets k by the formulas of the code, for subtraction', () => {
    const plan = at('-');
    const f = 45_150 / 90_000;
    expect(kOf(plan, 'op1 = 2 mod 7')).toBe(Math.trunc(42 * 300 * f));
    expect(kOf(plan, 'operands = 2 mod 7')).toBe(Math.trunc(42 * 42 * f));
    expect(kOf(plan, 'result = 2 mod 7')).toBe(Math.trunc(42 * 42 * f));
    expect(kOf(plan, 'op1 ~ ..3')).toBe(150);
    expect(kOf(plan, 'op1 = op2')).toBe(300);
    // Exact counts: op1 in [0,10) has 1 + 2 + ... + 10 prompts, op2 in [0,10) 300 + 299 + ... + 291.
    expect(kOf(plan, 'op1 in [0,10)')).toBe(55);
    expect(kOf(plan, 'op2 in [0,10)')).toBe(2955);
    expect(kOf(plan, 'op1 in [0,100)')).toBe(5050);
    expect(kOf(plan, 'op1 in [10,110)')).toBeUndefined();
    expect(kOf(plan, 'result in [10,40)')).toBe(300 * 30 - 735);
  });

  it('caps k for results of multiplication and division', () => {
    const times = at('*');
    expect(kOf(times, 'result in [0,100)')).toBe(300);
    expect(kOf(times, 'op1 = op2')).toBe(23);
    expect(kOf(times, 'op1 in [3,6)')).toBeGreaterThan(300);
    expect(kOf(times, 'result = 0 mod 2')).toBe(300);
    expect(kOf(times, 'operands = 0 mod 2')).toBe(Math.trunc(150 ** 2 * (times.count / 90_000)));
    expect(kOf(at('/'), 'result in [10,20)')).toBe(300);
  });

  it('has neither remainders nor patterns of quotients, nor what a result of 0 explains', () => {
    const plan = at('/');
    expect(of(plan, 'result', 'mod')).toEqual([]);
    expect(of(plan, 'result', 'pattern')).toEqual([]);
    expect(of(plan, 'result', 'value').length).toBeGreaterThan(100);
    for (const key of ['result in [0,2)', 'result in [0,10)', 'result in [0,100)'])
      expect(kOf(plan, key)).toBeUndefined();
    expect(kOf(plan, 'result in [10,12)')).toBe(300);
  });

  it('has no patterns of both operands, and no single value that the paper would not have', () => {
    const plan = at('+');
    expect(of(plan, 'operands', 'pattern')).toEqual([]);
    expect(of(plan, 'op1', 'mod')).toHaveLength(54);
    expect(keys(of(plan, 'op1', 'range'))).toHaveLength(30 + 10 + 6 + 3);
  });
});
