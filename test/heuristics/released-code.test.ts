import { describe, expect, it } from 'vitest';
import type { Prompt, PromptUniverse } from '../../src/domain/prompt.js';
import { classifyNeurons } from '../../src/heuristics/classify.js';
import { compileHeuristics } from '../../src/heuristics/plan.js';
import type { HeuristicPreset } from '../../src/heuristics/preset.js';
import { PRESETS } from '../../src/heuristics/presets.js';
import { distinctValues, evenLogits, planted, promptsOf, universeOf } from './universe.js';

/** Keys that a neuron matches, each with its score. */
function matchesOf(
  universe: PromptUniverse,
  activations: Float32Array,
  directLogits: Float32Array,
  change: Partial<HeuristicPreset> = {},
  gated = false,
): Map<string, number> {
  const preset = PRESETS['released-code'];
  if (preset === undefined) throw new Error('no preset');
  const plans = [compileHeuristics({ preset: { ...preset, ...change }, universe })];
  const [[neuron] = []] = classifyNeurons({ plans, activations, directLogits, seed: 1, gated });
  return new Map(neuron?.matches.map(({ heuristic, score }) => [heuristic.key, score]));
}

/** Direct logits high for some answers; activations are positive, so the KV map's top has these answers. */
function logitsFor(universe: PromptUniverse, high: readonly number[]): Float32Array {
  return Float32Array.from({ length: universe.maxAnswer + 1 }, (_, answer) =>
    high.includes(answer) ? 10 : 0.1,
  );
}

describe('patterns of the released code', () => {
  const universe = universeOf('+', 130, 258);
  const keysFor = (holds: (prompt: Prompt) => boolean, gated = false, sign = 1): string[] => {
    const activations = planted(promptsOf(universe), holds, 3).map((value) => sign * value);
    const found = matchesOf(universe, activations, evenLogits(universe), {}, gated);
    return [...found.keys()].filter((key) => /^op1 (~|= \d+$)/.test(key)).toSorted();
  };

  it('are the five most frequent, those with more fixed digits first', () => {
    // k = 129 prompts have op1 = 123. Equally frequent are 123, 12., 1.3, .23, 1.., .2., ..3; the last two come too late.
    expect(keysFor(({ op1 }) => op1 === 123)).toEqual(['op1 = 123', 'op1 ~ .23', 'op1 ~ 1.3']);
  });

  it('follow the digits that the top shares', () => {
    // Ten of the thirteen operands below 130 that end in 3 are below 100.
    expect(keysFor(({ op1 }) => op1 % 10 === 3)).toEqual(['op1 ~ ..3', 'op1 ~ 0.3']);
  });

  it('are taken from the bottom of gated maps too', () => {
    expect(keysFor(({ op1 }) => op1 === 123, false, -1)).toEqual([]);
    expect(keysFor(({ op1 }) => op1 === 123, true, -1)).toEqual(['op1 = 123', 'op1 ~ .23', 'op1 ~ 1.3']);
  });
});

describe('identical operands of the released code', () => {
  it('are never taken from the bottom', () => {
    const universe = universeOf('+', 30, 59);
    const activations = planted(promptsOf(universe), ({ op1, op2 }) => op1 === op2, 3);
    const find = (map: Float32Array): number | undefined =>
      matchesOf(universe, map, evenLogits(universe), {}, true).get('op1 = op2');
    expect(find(activations)).toBe(1);
    expect(find(activations.map((value) => -value))).toBeUndefined();
  });
});

describe('removals of the released code', () => {
  const slash = universeOf('/', 60, 59);
  const positive = (universe: PromptUniverse): Float32Array =>
    Float32Array.from(distinctValues(universe.count, 5), (value) => value + 2);

  it('are sets of results that begin with 0, for division', () => {
    const find = (high: readonly number[], change: Partial<HeuristicPreset> = {}): string[] =>
      [...matchesOf(slash, positive(slash), logitsFor(slash, high), change).keys()].filter((key) =>
        key.includes('{'),
      );
    expect(find([1, 2])).toEqual(['result in {1,2}']);
    expect(find([2, 3, 4, 5, 6])).toEqual([]);
    // Prompts with 0 outnumber the top: it needs more lift for others to join.
    const mixed = logitsFor(slash, [0, 1]);
    mixed[1] = 9.99;
    const both = (change: Partial<HeuristicPreset>): string[] =>
      [...matchesOf(slash, positive(slash), mixed, change).keys()].filter((key) => key.includes('{'));
    expect(both({ drop: [] })).toEqual(['result in {0,1}']);
    expect(both({})).toEqual([]);
  });

  it('are ranges of quotients whose top is all 0', () => {
    const find = (change: Partial<HeuristicPreset>): number | undefined =>
      matchesOf(slash, positive(slash), logitsFor(slash, [0]), change).get('result in [0,10)');
    expect(find({ drop: [] })).toBeUndefined();
    expect(find({ drop: [], voids: [] })).toBe(1);
  });

  it('are remainders and patterns of 0, for products whose top is all 0', () => {
    const star = universeOf('*', 60, 120);
    const logits = logitsFor(star, [0]);
    const zeros = ['result = 0 mod 2', 'result = 0 mod 7', 'result ~ ..0'];
    const found = matchesOf(star, positive(star), logits);
    const without = matchesOf(star, positive(star), logits, { voids: [] });
    expect(zeros.map((key) => without.get(key) ?? 0)).toEqual([1, 1, 0]);
    expect(zeros.map((key) => found.get(key))).toEqual([undefined, undefined, undefined]);
    expect(found.get('result = 0')).toBe(1);
  });

  it('leave products alone whose top is 0 but for one prompt', () => {
    const star = universeOf('*', 60, 120);
    const logits = logitsFor(star, [0]);
    const one = promptsOf(star).findIndex(({ answer }) => answer === 14);
    const activations = positive(star);
    activations[one] = 1000;
    expect(matchesOf(star, activations, logits).get('result = 0 mod 7')).toBe(1);
  });

  it('are patterns of 0 of operands, where the top of the K map is all 0', () => {
    const star = universeOf('*', 60, 120);
    const all = planted(promptsOf(star), ({ op1, answer }) => answer === 0 && op1 === 0, 3);
    const findZero = (change: Partial<HeuristicPreset>): boolean =>
      matchesOf(star, all, evenLogits(star), change).has('op1 ~ .00');
    expect([findZero({ voids: [] }), findZero({})]).toEqual([true, false]);
  });
});
