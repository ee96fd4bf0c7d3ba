import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/domain/random.js';
import {
  heuristicKnockouts,
  planHeuristicKnockouts,
  type HeuristicKnockoutParams,
} from '../../src/heuristics/knockout-by-heuristic.js';
import {
  planPromptKnockouts,
  promptKnockouts,
  type PromptKnockoutParams,
} from '../../src/heuristics/knockout-by-prompt.js';
import { isAssociated } from '../../src/heuristics/predicate.js';
import { neuronKey, openPromptNeurons } from '../../src/heuristics/prompt-neurons.js';
import { matched, neuronAt } from './matched.js';
import { promptsOf, universeOf } from './universe.js';

const UNIVERSE = universeOf('+', 30, 50);
const PROMPTS = promptsOf(UNIVERSE);
const KEYS = ['op1 in [0,10)', 'op1 in [10,20)', 'op2 = 1 mod 3', 'result ~ ..2', 'op1 = op2', 'op2 = 29'];

/** Neurons of two layers with up to three heuristics each. */
function someNeurons(seed: number) {
  const random = randomStream(seed, 'test neurons');
  return Array.from({ length: 40 }, (_, i) => {
    const scores = Array.from({ length: random.int(0, 3) }, () => [
      KEYS[random.int(0, KEYS.length - 1)] ?? '',
      random.int(60, 100) / 100,
    ]);
    return matched(UNIVERSE, 1 + (i % 2), i, Object.fromEntries(scores) as Record<string, number>);
  });
}

function someMarks(seed: number, share: number): Uint8Array {
  const random = randomStream(seed, 'test marks');
  return Uint8Array.from(PROMPTS, () => (random.uniform() < share ? 1 : 0));
}

const seeds = fc.integer({ min: 0, max: 1000 });

describe('knocking out by heuristic', () => {
  const params = (seed: number, change: Partial<HeuristicKnockoutParams> = {}): HeuristicKnockoutParams => ({
    universe: UNIVERSE,
    correct: someMarks(seed, 0.5),
    neurons: someNeurons(seed),
    leastNeurons: 5,
    prompts: 20,
    minPrompts: 8,
    seed,
    ...change,
  });

  it('draws correct prompts, those that the heuristic holds for first, then as many others', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const given = params(seed);
        const trials = planHeuristicKnockouts(given);
        expect(trials.length).toBeGreaterThan(1);
        for (const { heuristic, neurons, prompts, associated } of trials) {
          expect(new Set(prompts).size).toBe(prompts.length);
          for (const p of prompts) expect(given.correct[p]).toBe(1);
          const holds = prompts.map((p) => {
            const prompt = PROMPTS[p];
            return prompt !== undefined && isAssociated(heuristic, prompt);
          });
          expect(holds).toEqual(prompts.map((_, i) => i < associated));
          if (associated > 0) expect(prompts).toHaveLength(2 * associated);
          const own = given.neurons.filter(({ matches }) =>
            matches.some((match) => match.heuristic.key === heuristic.key),
          );
          expect(own.length).toBeGreaterThanOrEqual(5);
          expect(neurons.map(neuronKey)).toEqual(own.map(neuronKey));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('draws the same with the same seed, others with another, and more when asked for more', () => {
    const draw = (change: Partial<HeuristicKnockoutParams>): readonly number[] =>
      planHeuristicKnockouts(params(3, change))[0]?.prompts ?? [];
    expect(draw({})).toEqual(draw({}));
    expect(draw({})).not.toEqual(draw({ seed: 4 }));
    expect(draw({ prompts: 30 }).slice(0, 20)).toEqual(draw({}).slice(0, 20));
  });

  it('gives each side’s share, and no side where too few prompts are correct', () => {
    const neurons = [
      matched(UNIVERSE, 1, 0, { 'op1 in [0,10)': 0.9 }),
      matched(UNIVERSE, 2, 0, { 'op2 = 29': 0.8, 'op1 in [0,10)': 0.6 }),
    ];
    const correct = Uint8Array.from(PROMPTS, ({ op1, op2 }) => (op1 < 12 && op2 < 6 ? 1 : 0));
    const trials = planHeuristicKnockouts(params(1, { neurons, correct, leastNeurons: 1, minPrompts: 12 }));
    expect(trials.map(({ associated, prompts }) => [associated, prompts.length])).toEqual([
      [20, 32],
      [0, 20],
    ]);
    const stillCorrect = trials.map(({ prompts }) => ({
      correct: Uint8Array.from(prompts, (_, i) => (i % 4 === 0 ? 1 : 0)),
    }));
    const [range, value] = heuristicKnockouts(trials, stillCorrect);
    expect(range).toMatchObject({
      neurons: 2,
      associated: { n: 20, before: 20, after: 5 },
      other: { n: 12, before: 12, after: 3 },
      reason: null,
    });
    expect(value).toMatchObject({
      heuristic: { key: 'op2 = 29', target: 'op2', family: 'value' },
      associated: null,
      other: { n: 20, before: 20, after: 5 },
      reason: 'too_few_correct',
    });
    expect(() => heuristicKnockouts(trials, [])).toThrow(RangeError);
  });
});

describe('knocking out by prompt', () => {
  const params = (seed: number, change: Partial<PromptKnockoutParams> = {}): PromptKnockoutParams => ({
    universe: UNIVERSE,
    correct: someMarks(seed, 0.3),
    neurons: someNeurons(seed),
    topNeurons: someNeurons(seed).slice(0, 30),
    prompts: 10,
    minPrompts: 5,
    limits: [2, 6],
    rank: 'score',
    seed,
    ...change,
  });

  it('takes the prompt’s neurons, and for control others of the same layers, as many as there are', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const given = params(seed);
        const trials = planPromptKnockouts(given);
        expect(trials).toHaveLength(10 * 2 * 2);
        const neuronsOf = openPromptNeurons(given.neurons);
        const inLayer = (neurons: readonly { layer: number }[], layer: number): number =>
          neurons.filter((neuron) => neuron.layer === layer).length;
        for (let i = 0; i < trials.length; i += 2) {
          const [own, control] = [trials[i], trials[i + 1]];
          if (own?.kind !== 'associated' || control?.kind !== 'control') throw new Error('order of kinds');
          expect(control.prompts).toEqual(own.prompts);
          expect(given.correct[own.prompts[0]]).toBe(1);
          const prompt = PROMPTS[own.prompts[0]] ?? { op1: 0, op2: 0, answer: 0 };
          const all = new Set(neuronsOf(prompt).map(neuronKey));
          expect(own.neurons.every((neuron) => all.has(neuronKey(neuron)))).toBe(true);
          expect(control.neurons.some((neuron) => all.has(neuronKey(neuron)))).toBe(false);
          expect(new Set(control.neurons.map(neuronKey)).size).toBe(control.neurons.length);
          const free = given.topNeurons.filter((neuron) => !all.has(neuronKey(neuron)));
          for (const layer of [1, 2]) {
            const count = inLayer(own.neurons, layer);
            expect(count).toBe(Math.min(own.limit, inLayer(neuronsOf(prompt), layer)));
            expect(inLayer(control.neurons, layer)).toBe(Math.min(count, inLayer(free, layer)));
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it('draws the same with the same seed; a larger limit’s neurons contain a smaller one’s', () => {
    const trials = planPromptKnockouts(params(5));
    expect(planPromptKnockouts(params(5))).toEqual(trials);
    expect(planPromptKnockouts(params(6, { correct: someMarks(5, 0.3) }))).not.toEqual(trials);
    for (const small of trials.filter(({ limit }) => limit === 2)) {
      const large = trials.find(
        ({ limit, kind, prompts }) => limit === 6 && kind === small.kind && prompts[0] === small.prompts[0],
      );
      expect(large?.neurons).toEqual(expect.arrayContaining([...small.neurons]));
    }
  });

  it('counts prompts still correct and neurons really knocked out', () => {
    const neurons = [
      matched(UNIVERSE, 1, 0, { 'op1 in [0,10)': 0.7 }),
      matched(UNIVERSE, 1, 1, { 'op1 in [0,10)': 0.9 }),
      matched(UNIVERSE, 2, 2, { 'op2 = 1 mod 3': 0.8 }),
      matched(UNIVERSE, 2, 3, {}),
    ];
    // 3 + 4 has three neurons, 12 + 7 one, and 3 + 5 two.
    const wanted = ['3+4', '12+7', '3+5'];
    const correct = Uint8Array.from(PROMPTS, ({ op1, op2 }) => (wanted.includes(`${op1}+${op2}`) ? 1 : 0));
    const given = params(1, { neurons, topNeurons: neurons, correct, minPrompts: 3, limits: [1, 5] });
    const trials = planPromptKnockouts(given);
    const best = trials.find(({ limit, kind, prompts }) => {
      const { op1, op2 } = PROMPTS[prompts[0]] ?? {};
      return limit === 1 && kind === 'associated' && op1 === 3 && op2 === 4;
    });
    expect(best?.neurons).toEqual([neuronAt(1, 1), neuronAt(2, 2)]);
    const outcomes = trials.map((trial) => ({ correct: Uint8Array.of(trial.neurons.length > 1 ? 0 : 1) }));
    const found = promptKnockouts(given.limits, trials, outcomes);
    expect(found).toEqual([
      { limit: 1, kind: 'associated', n: 3, correct: 2, meanNeurons: 4 / 3, reason: null },
      // Of 3 + 4 and 3 + 5 no top neuron of layer 1 is left, of 3 + 5 none of layer 2 is needed.
      { limit: 1, kind: 'control', n: 3, correct: 3, meanNeurons: 2 / 3, reason: null },
      { limit: 5, kind: 'associated', n: 3, correct: 1, meanNeurons: 6 / 3, reason: null },
      { limit: 5, kind: 'control', n: 3, correct: 3, meanNeurons: 2 / 3, reason: null },
    ]);
    expect(() => promptKnockouts(given.limits, trials, [])).toThrow(RangeError);
  });

  it('tries nothing with too few correct prompts, and says so', () => {
    const given = params(2, { correct: someMarks(2, 0), minPrompts: 1 });
    expect(planPromptKnockouts(given)).toEqual([]);
    expect(promptKnockouts([5], [], [])).toEqual([
      { limit: 5, kind: 'associated', n: 0, correct: null, meanNeurons: null, reason: 'too_few_correct' },
      { limit: 5, kind: 'control', n: 0, correct: null, meanNeurons: null, reason: 'too_few_correct' },
    ]);
  });
});
