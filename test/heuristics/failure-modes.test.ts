import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layerIndex, neuronIndex } from '../../src/domain/ids.js';
import { failureModes, type FailureModesParams } from '../../src/heuristics/failure-modes.js';
import { openPromptNeurons } from '../../src/heuristics/prompt-neurons.js';
import { matched } from './matched.js';
import { distinctValues, promptsOf, universeOf } from './universe.js';

const UNIVERSE = universeOf('-', 12, 11);
const PROMPTS = promptsOf(UNIVERSE);
const NEURONS = [
  matched(UNIVERSE, 1, 3, { 'op1 in [0,10)': 0.9, 'op2 = 0 mod 2': 0.7 }),
  matched(UNIVERSE, 1, 2, { 'result = 1 mod 3': 0.8 }),
  matched(UNIVERSE, 2, 0, {}),
];
/** Rows in another order than the classified neurons, one more among them. */
const ROWS = [2, 0, 3].map((neuron) => ({ layer: layerIndex(1), neuron: neuronIndex(neuron) }));
const RECORDED = {
  neurons: ROWS,
  activations: distinctValues(ROWS.length * UNIVERSE.count, 1),
  directLogits: distinctValues(ROWS.length * 12, 2),
};
const correct = Uint8Array.from(PROMPTS, ({ op1, op2 }) => (op1 + op2 < 12 ? 1 : 0));

function params(change: Partial<FailureModesParams> = {}): FailureModesParams {
  return {
    universe: UNIVERSE,
    correct,
    neurons: NEURONS,
    recorded: RECORDED,
    prompts: 15,
    minPrompts: 5,
    seed: 1,
    ...change,
  };
}

describe('failure modes', () => {
  it('count a prompt’s neurons and what they add to its answer', () => {
    const groups = failureModes(params());
    expect(groups.map(({ group, reason }) => [group, reason])).toEqual([
      ['correct', null],
      ['incorrect', null],
    ]);
    const rowOf = { '3': 2, '2': 0 };
    const counts = new Set<number>();
    for (const { group, prompts, neurons, logitSums } of groups) {
      expect(new Set(prompts).size).toBe(15);
      prompts.forEach((p, i) => {
        expect(correct[p]).toBe(group === 'correct' ? 1 : 0);
        const { op1 = 0, op2 = 0, answer = 0 } = PROMPTS[p] ?? {};
        const rows = [
          ...(op1 < 10 || op2 % 2 === 0 ? [rowOf['3']] : []),
          ...(answer % 3 === 1 ? [rowOf['2']] : []),
        ];
        const sum = rows
          .map(
            (row) =>
              (RECORDED.activations[row * UNIVERSE.count + p] ?? NaN) *
              (RECORDED.directLogits[row * 12 + answer] ?? NaN),
          )
          .reduce((a, b) => a + b, 0);
        expect(neurons[i]).toBe(rows.length);
        expect(logitSums[i]).toBeCloseTo(sum, 10);
        counts.add(rows.length);
      });
    }
    expect([...counts].sort()).toEqual([0, 1, 2]);
  });

  it('draw with their seed, as many as there are', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 200 }), (seed, prompts) => {
        const [right, wrong] = failureModes(params({ seed, prompts }));
        const n = correct.reduce((a, b) => a + b, 0);
        expect(right?.prompts).toHaveLength(Math.min(prompts, n) < 5 ? 0 : Math.min(prompts, n));
        expect(wrong?.prompts).toHaveLength(
          Math.min(prompts, UNIVERSE.count - n) < 5 ? 0 : Math.min(prompts, UNIVERSE.count - n),
        );
        expect(failureModes(params({ seed, prompts }))[0]).toEqual(right);
      }),
      { numRuns: 30 },
    );
    expect(failureModes(params({ seed: 2 }))[0]).not.toEqual(failureModes(params())[0]);
  });

  it('say why a group is empty', () => {
    const none = failureModes(params({ correct: new Uint8Array(UNIVERSE.count) }));
    expect(none).toMatchObject([
      { group: 'correct', prompts: [], neurons: [], logitSums: [], reason: 'too_few_correct' },
      { group: 'incorrect', reason: null },
    ]);
    const all = failureModes(params({ correct: new Uint8Array(UNIVERSE.count).fill(1) }));
    expect(all.map(({ reason }) => reason)).toEqual([null, 'too_few_prompts']);
  });

  it('refuse neurons without a row and arrays that do not fit', () => {
    const unknown = [...NEURONS, matched(UNIVERSE, 2, 9, { 'op1 in [0,10)': 1 })];
    expect(() => failureModes(params({ neurons: unknown }))).toThrow('neuron 9 of layer 2');
    const short = { ...RECORDED, directLogits: RECORDED.directLogits.subarray(1) };
    expect(() => failureModes(params({ recorded: short }))).toThrow(RangeError);
    expect(openPromptNeurons(unknown)({ op1: 1, op2: 1, answer: 0 })).toHaveLength(2);
  });
});
