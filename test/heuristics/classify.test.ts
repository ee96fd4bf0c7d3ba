import { describe, expect, it } from 'vitest';
import type { HeuristicMatch } from '../../src/domain/heuristic.js';
import type { Operator } from '../../src/domain/operator.js';
import type { Prompt, PromptUniverse } from '../../src/domain/prompt.js';
import { permutation, randomStream } from '../../src/domain/random.js';
import {
  classifyNeurons,
  type ClassifyParams,
  type NeuronClassification,
} from '../../src/heuristics/classify.js';
import { compileHeuristics } from '../../src/heuristics/plan.js';
import { isAssociated } from '../../src/heuristics/predicate.js';
import type { HeuristicPreset } from '../../src/heuristics/preset.js';
import { PRESETS } from '../../src/heuristics/presets.js';
import {
  distinctValues,
  evenLogits,
  planted,
  promptsOf,
  rows,
  tableOf,
  universeOf,
  withoutTies,
} from './universe.js';

function presetOf(name: string): HeuristicPreset {
  const preset = PRESETS[name];
  if (preset === undefined) throw new Error(`no preset ${name}`);
  return preset;
}
const paper = presetOf('paper');
const released = presetOf('released-code');
/** Without those that match almost by chance: small universes have many. */
const strict: HeuristicPreset = { ...paper, largestBaseRate: 0.45 };

function classify(
  universe: PromptUniverse,
  activations: Float32Array,
  directLogits: Float32Array,
  options: Partial<ClassifyParams> = {},
  preset = paper,
): NeuronClassification[] {
  const plans = [compileHeuristics({ preset, universe })];
  return classifyNeurons({ plans, activations, directLogits, seed: 1, ...options })[0] ?? [];
}

function classifyOne(...args: Parameters<typeof classify>): NeuronClassification {
  const [one] = classify(...args);
  if (one === undefined) throw new Error('no neuron');
  return one;
}

const keys = (matches: readonly HeuristicMatch[]): string[] => matches.map(({ heuristic }) => heuristic.key);

/**
 * The score to be expected of a heuristic on a map whose top are the prompts of another, in random order, and
 * below them the others, in random order.
 */
function expectedScore(own: readonly Prompt[], k: number, top: ReadonlySet<Prompt>, count: number): number {
  const shared = own.filter((prompt) => top.has(prompt)).length;
  if (k <= top.size) return shared / top.size;
  return (shared + ((k - top.size) * (own.length - shared)) / (count - top.size)) / k;
}

describe('planted heuristics', () => {
  const plus = universeOf('+', 60, 100);
  const slash = universeOf('/', 60, 100);
  it.each<[string, PromptUniverse, (prompt: Prompt) => boolean]>([
    ['op1 in [20,30)', plus, ({ op1 }) => op1 >= 20 && op1 < 30],
    ['op2 = 2 mod 7', plus, ({ op2 }) => op2 % 7 === 2],
    ['operands = 1 mod 5', plus, ({ op1, op2 }) => op1 % 5 === 1 && op2 % 5 === 1],
    ['op1 ~ ..3', plus, ({ op1 }) => op1 % 10 === 3],
    ['op2 = 17', plus, ({ op2 }) => op2 === 17],
    ['op1 = op2', plus, ({ op1, op2 }) => op1 === op2],
    ['operands in [20,30)', slash, ({ op1, op2 }) => op1 >= 20 && op1 < 30 && op2 >= 20 && op2 < 30],
  ])(
    '%s is found with score 1 on the K map, and of the others those that it implies',
    (key, universe, holds) => {
      const prompts = promptsOf(universe);
      const top = new Set(prompts.filter(holds));
      const { state, matches, best } = classifyOne(
        universe,
        planted(prompts, holds, 3),
        evenLogits(universe),
      );
      expect(state).toBe('live');
      expect(best?.score).toBe(1);
      expect(matches.find(({ heuristic }) => heuristic.key === key)).toMatchObject({
        score: 1,
        map: 'K',
        sign: 1,
      });
      const matched = new Set(keys(matches));
      const others = compileHeuristics({ preset: paper, universe }).heuristics.filter(
        ({ target, k }) => target !== 'result' && k >= 40,
      );
      const surprises = others.filter(({ key: other, k }) => {
        const own = prompts.filter((prompt) => isAssociated({ key: other }, prompt));
        const expected = expectedScore(own, k, top, prompts.length);
        return (expected > 0.75 && !matched.has(other)) || (expected < 0.45 && matched.has(other));
      });
      expect(surprises).toEqual([]);
      expect(others.length).toBeGreaterThan(200);
    },
  );

  it.each<[string, (answer: number) => boolean]>([
    ['result in [30,40)', (answer) => answer >= 30 && answer < 40],
    ['result = 3 mod 8', (answer) => answer % 8 === 3],
    ['result ~ ..5', (answer) => answer % 10 === 5],
    ['result = 42', (answer) => answer === 42],
  ])('%s is found on the KV map, planted in the direct logits', (key, holds) => {
    const activations = Float32Array.from(distinctValues(plus.count, 4), (value) => value + 2);
    const logits = Float32Array.from({ length: 101 }, (_, answer) => (holds(answer) ? 10 : 0.1));
    const { matches } = classifyOne(plus, activations, logits, {}, strict);
    expect(matches.find(({ heuristic }) => heuristic.key === key)).toMatchObject({
      score: 1,
      map: 'KV',
      sign: 1,
    });
    expect(keys(matches.filter(({ map, heuristic }) => map === 'K' && heuristic.k >= 10))).toEqual([]);
  });

  it('finds the smallest set of results that covers the top', () => {
    const activations = Float32Array.from(distinctValues(slash.count, 4), (value) => value + 2);
    const logitsOf = (...high: number[]): Float32Array =>
      Float32Array.from({ length: 101 }, (_, answer) => (high.includes(answer) ? 10 : 0.1));
    const multi = (...high: number[]): HeuristicMatch[] =>
      classifyOne(slash, activations, logitsOf(...high)).matches.filter(
        ({ heuristic }) => heuristic.family === 'multi',
      );
    const share = (...results: number[]): number =>
      promptsOf(slash).filter(({ answer }) => results.includes(answer)).length / slash.count;
    // More than 1000 prompts have 0 or 1; 1 and 2 have 1,170 together.
    expect(multi(1, 2)).toMatchObject([
      {
        map: 'KV',
        score: 1,
        heuristic: { key: 'result in {1,2}', target: 'result', k: 1000, baseRate: share(1, 2) },
      },
    ]);
    expect(multi(0)).toEqual([]);
    expect(multi(2, 3, 4, 5, 6, 7, 8, 9, 10)).toEqual([]);
  });

  it('tries the bottom of the K map of gated models only', () => {
    const activations = planted(promptsOf(plus), ({ op2 }) => op2 % 7 === 2, 3).map((value) => -value);
    const find = (gated: boolean, preset: HeuristicPreset): HeuristicMatch | undefined =>
      classifyOne(plus, activations, evenLogits(plus), { gated }, preset).matches.find(
        ({ heuristic }) => heuristic.key === 'op2 = 2 mod 7',
      );
    expect(find(false, paper)).toBeUndefined();
    expect(find(true, paper)).toMatchObject({ score: 1, sign: -1, map: 'K' });
    expect(find(true, released)).toMatchObject({ score: 1, sign: -1, map: 'K' });
  });
});

describe('neurons that cannot be classified', () => {
  const universe = universeOf('+', 12, 20);
  const logits = evenLogits(universe);
  const filled = (value: (p: number) => number): Float32Array =>
    Float32Array.from({ length: universe.count }, (_, p) => value(p));
  const cases: [string, Float32Array][] = [
    ['constant', filled(() => 0)],
    ['constant', filled(() => -0.17)],
    ['constant', filled((p) => 5 + (p % 2) * 0.0009)],
    ['live', filled((p) => 5 + (p % 2) * 0.0011)],
    ['live', filled((p) => (p === 7 ? 1 : 0))],
    ['not_finite', filled((p) => (p === 7 ? NaN : p))],
    ['not_finite', filled((p) => (p === 7 ? -Infinity : p))],
  ];

  it('are told apart by state', () => {
    const directLogits = rows(...cases.map(() => logits));
    const found = classify(universe, rows(...cases.map(([, row]) => row)), directLogits);
    expect(found.map(({ state }) => state)).toEqual(cases.map(([state]) => state));
    for (const { state, matches, best } of found.filter((one) => one.state !== 'live'))
      expect({ state, matches, best }).toEqual({ state, matches: [], best: null });
    expect(found[1]).toMatchObject({ scale: Math.fround(0.17), sd: 0 });
    expect(found[5]).toMatchObject({ scale: NaN, sd: NaN });
  });

  it('include those whose direct logits of answers that occur are not finite', () => {
    const broken = Float32Array.from(logits);
    broken[20] = NaN;
    expect(classifyOne(universe, distinctValues(universe.count, 1), broken).state).toBe('not_finite');
  });

  it('report the standard deviation over the prompts', () => {
    const { scale, sd } = classifyOne(
      universe,
      filled((p) => (p % 4 === 0 ? -3 : 1)),
      logits,
    );
    const share = Math.ceil(universe.count / 4) / universe.count;
    expect(scale).toBe(3);
    expect(sd).toBeCloseTo(4 * Math.sqrt(share * (1 - share)), 6);
  });
});

describe('ties', () => {
  const universe = universeOf('+', 60, 100);

  it('make no ranges of op1, although the prompts are sorted by it', () => {
    // Nearly all activations are equal, as after a ReLU: only op2 = 0 stands out.
    const activations = Float32Array.from(universe.op2, (op2) => (op2 === 0 ? 1 : 0));
    const row = activations.map((value) => -value);
    const logits = evenLogits(universe);
    const found = classify(universe, rows(activations, row), rows(logits, logits), {}, strict);
    for (const { state, matches } of found) {
      expect(state).toBe('live');
      expect(matches.filter(({ heuristic }) => heuristic.target === 'op1' && heuristic.k > 10)).toEqual([]);
    }
    expect(keys(found[0]?.matches ?? [])).toContain('op2 = 0');
  });

  it('treat 0 and -0 as equal', () => {
    // With -0 below 0 the top would be op1 >= 30.
    const activations = Float32Array.from(universe.op1, (op1, p) => (p === 0 ? 1 : op1 >= 30 ? 0 : -0));
    const { matches } = classifyOne(universe, activations, evenLogits(universe), {}, strict);
    expect(
      matches.filter(({ heuristic }) => heuristic.family === 'range' && heuristic.target === 'op1'),
    ).toEqual([]);
  });

  it('fall another way for another seed and another neuron', () => {
    const row = Float32Array.from(universe.op2, (op2) => (op2 === 0 ? 1 : 0));
    const scores = (seed: number): string[] =>
      classify(universe, rows(row, row), rows(evenLogits(universe), evenLogits(universe)), {
        seed,
        threshold: 0.001,
      }).map(({ matches }) => JSON.stringify(matches.map(({ heuristic, score }) => [heuristic.key, score])));
    const all = [...scores(1), ...scores(2)];
    expect(new Set(all).size).toBe(4);
    expect(scores(1)).toEqual(all.slice(0, 2));
  });
});

describe('the same result', () => {
  const maxOperand = 25;
  const byKey = (matches: readonly HeuristicMatch[]): [string, number][] =>
    matches.map(({ heuristic, score }): [string, number] => [heuristic.key, score]).toSorted();

  it.each<Operator>(['+', '-', '*', '/'])('comes from prompts in any order (%s)', (operator) => {
    const universe = universeOf(operator, maxOperand, 40);
    const prompts = promptsOf(universe);
    const activations = distinctValues(universe.count, 8);
    const logits = Float32Array.from(distinctValues(41, 7), (value) => value + 2);
    withoutTies(universe, activations, logits);
    const order = permutation(universe.count, randomStream(9, 'order'));
    const reordered = tableOf(
      Array.from(order, (p) => prompts[p]).filter((prompt) => prompt !== undefined),
      maxOperand,
      40,
    );
    const moved = Float32Array.from(order, (p) => activations[p] ?? 0);
    for (const preset of [paper, released]) {
      const options = { threshold: 0.05 };
      const before = byKey(classifyOne(universe, activations, logits, options, preset).matches);
      expect(byKey(classifyOne(reordered, moved, logits, options, preset).matches)).toEqual(before);
      expect(before.length).toBeGreaterThan(20);
    }
  });

  it('comes from a matrix cut into pieces, from shared memory, and leaves its inputs alone', () => {
    const universe = universeOf('+', maxOperand, 40);
    const neuron = Float32Array.from(universe.op1, (op1) => Math.max(0, op1 - 15));
    const activations = new Float32Array(new SharedArrayBuffer(8 * universe.count));
    activations.set(rows(neuron, neuron));
    const logits = new Float32Array(new SharedArrayBuffer(8 * 41)).fill(1);
    const copy = [Float32Array.from(activations), Float32Array.from(logits)];
    const whole = classify(universe, activations, logits);
    const second = classify(universe, activations.subarray(universe.count), logits.subarray(41), {
      firstNeuron: 1,
    });
    expect(second).toEqual(whole.slice(1));
    expect([Float32Array.from(activations), Float32Array.from(logits)]).toEqual(copy);
    expect(structuredClone(whole)).toEqual(whole);
  });
});

describe('the best heuristic', () => {
  const universe = universeOf('+', 30, 50);
  const noise = distinctValues(universe.count, 2);
  const even = evenLogits(universe);

  it('is reported below the threshold too, unless it is not wanted', () => {
    const { matches, best } = classifyOne(universe, noise, even, { threshold: 1.1 });
    expect(matches).toEqual([]);
    const all = classifyOne(universe, noise, even, { threshold: Number.MIN_VALUE }).matches;
    expect(best?.score).toBe(Math.max(...all.map(({ score }) => score)));
    expect(classifyOne(universe, noise, even, { keepBest: false }).best).toBeNull();
  });

  it('is, of those with the same score, the one with most prompts', () => {
    const activations = noise.map((value, p) => {
      const op1 = universe.op1[p] ?? 0;
      return value + (op1 === 5 ? 6 : op1 < 10 ? 3 : 0);
    });
    const { matches, best } = classifyOne(universe, activations, even);
    expect(matches.filter(({ score }) => score === 1).length).toBeGreaterThan(1);
    expect(keys(matches)).toContain('op1 = 5');
    expect(best?.heuristic.key).toBe('op1 in [0,10)');
    expect(matches[0]).toEqual(best);
  });
});

describe('arrays that do not fit', () => {
  const universe = universeOf('+', 6, 10);
  const preset = PRESETS['paper'];
  it('are refused', () => {
    expect(() => classify(universe, new Float32Array(universe.count + 1), new Float32Array(11))).toThrow(
      /do not fit/,
    );
    expect(() => classify(universe, new Float32Array(universe.count), new Float32Array(10))).toThrow(
      /do not fit/,
    );
    const plans = [universe, universeOf('+', 7, 10)].flatMap((one) =>
      preset === undefined ? [] : [compileHeuristics({ preset, universe: one })],
    );
    const input = {
      activations: new Float32Array(universe.count),
      directLogits: new Float32Array(11),
      seed: 1,
    };
    expect(() => classifyNeurons({ ...input, plans })).toThrow(/same universe/);
    expect(() => classifyNeurons({ ...input, plans: [] })).toThrow(/at least one plan/);
  });
});
