import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composeLogits, type CompositionParams } from '../../src/heuristics/composition.js';
import { openPromptNeurons } from '../../src/heuristics/prompt-neurons.js';
import { matched, neuronAt } from './matched.js';
import { distinctValues, promptsOf, universeOf } from './universe.js';

const UNIVERSE = universeOf('-', 6, 3);
const NEURONS = [
  matched(UNIVERSE, 0, 1, { 'op1 in [3,6)': 0.9, 'result = 2': 0.6 }),
  matched(UNIVERSE, 1, 0, { 'result = 2': 0.7, 'op2 = 0 mod 2': 0.65 }),
  matched(UNIVERSE, 1, 1, { 'op1 = op2': 1 }),
];
/** 5 - 3 = 2: holds for op1 in [3,6) and result = 2. */
const PROMPT = { op1: 5, op2: 3, answer: 2 };
const GIVEN: CompositionParams = {
  prompt: PROMPT,
  neurons: NEURONS,
  maxAnswer: 3,
  recorded: {
    neurons: [neuronAt(1, 1), neuronAt(0, 1), neuronAt(1, 0), neuronAt(1, 5)],
    activations: Float32Array.of(1, 2, -1, 0.5),
    directLogits: Float32Array.of(
      ...[0, 4, 0, -1], // 1.1: another neuron
      ...[1, 0, 3, 0], // 0.1: votes, 2 x
      ...[2, 1, 1, 0], // 1.0: votes, -1 x
      ...[0, 0, 2, 8], // 1.5: another neuron, 0.5 x
    ),
  },
};

describe('the composition of a prompt’s logits', () => {
  it('is that worked out by hand', () => {
    const found = composeLogits({ ...GIVEN, top: 3 });
    const shown = found.heuristics.map((vote) => [
      vote.heuristic.key,
      vote.neurons,
      vote.answer,
      [...vote.candidates],
    ]);
    expect(shown).toEqual([
      ['op1 in [3,6)', [neuronAt(0, 1)], 6, [2, 0, 6, 0]],
      ['result = 2', [neuronAt(0, 1), neuronAt(1, 0)], 5, [0, -1, 5, 0]],
    ]);
    expect(found.votes).toEqual({ neurons: 2, candidates: Float64Array.of(0, -1, 5, 0) });
    expect(found.others).toEqual({ neurons: 2, candidates: Float64Array.of(0, 4, 1, 3) });
    expect(found.top).toEqual([
      { value: 2, votes: 5, others: 1, total: 6 },
      { value: 1, votes: -1, others: 4, total: 3 },
      { value: 3, votes: 0, others: 3, total: 3 },
    ]);
  });

  it('scales with the final norm', () => {
    const [one, half] = [1, 0.5].map((scale) => composeLogits({ ...GIVEN, scale }));
    expect(half?.top.map(({ total }) => total)).toEqual(one?.top.map(({ total }) => total / 2));
    expect(half?.heuristics.map(({ answer }) => answer)).toEqual([3, 2.5]);
  });

  it('counts every neuron once: votes and others add up to all, whatever the prompt', () => {
    fc.assert(
      fc.property(fc.constantFrom(...promptsOf(UNIVERSE)), fc.nat(), (prompt, seed) => {
        const recorded = {
          ...GIVEN.recorded,
          activations: distinctValues(4, seed),
          directLogits: distinctValues(16, seed + 1),
        };
        const { votes, others, top } = composeLogits({ ...GIVEN, prompt, recorded, top: 10 });
        expect(votes.neurons).toBe(openPromptNeurons(NEURONS)(prompt).length);
        expect(votes.neurons + others.neurons).toBe(4);
        expect(top).toHaveLength(4);
        for (const { value, total } of top) {
          const all = [...recorded.activations.keys()].map(
            (row) => (recorded.activations[row] ?? NaN) * (recorded.directLogits[row * 4 + value] ?? NaN),
          );
          expect(total).toBeCloseTo(
            all.reduce((a, b) => a + b, 0),
            10,
          );
        }
        expect(top.map(({ total }) => total)).toEqual(top.map(({ total }) => total).sort((a, b) => b - a));
      }),
      { numRuns: 50 },
    );
  });

  it('refuses a classified neuron that was not recorded', () => {
    const recorded = {
      neurons: GIVEN.recorded.neurons.slice(0, 1),
      activations: Float32Array.of(1),
      directLogits: Float32Array.of(1, 2, 3, 4),
    };
    expect(() => composeLogits({ ...GIVEN, recorded })).toThrow(RangeError);
  });
});
