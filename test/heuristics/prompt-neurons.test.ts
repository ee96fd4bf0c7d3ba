import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAssociated } from '../../src/heuristics/predicate.js';
import {
  firstOfEachLayer,
  neuronKey,
  neuronsByHeuristic,
  openPromptNeurons,
  rankPromptNeurons,
} from '../../src/heuristics/prompt-neurons.js';
import { matched, neuronAt } from './matched.js';
import { promptsOf, universeOf } from './universe.js';

const UNIVERSE = universeOf('-', 20, 19);
const NEURONS = [
  matched(UNIVERSE, 1, 4, { 'op1 in [10,20)': 0.9, 'op1 = 1 mod 2': 0.7 }),
  matched(UNIVERSE, 1, 7, { 'op2 = 3': 0.95 }),
  matched(UNIVERSE, 2, 0, { 'result = 1 mod 4': 0.6, 'op1 ~ ..3': 0.65, 'op1 = op2': 1 }),
  matched(UNIVERSE, 2, 1, { 'operands in [0,10)': 0.8 }),
  matched(UNIVERSE, 2, 5, {}),
  matched(UNIVERSE, 2, 6, { 'op1 = 1 mod 2': 0.61, 'op2 = 0 mod 4': 0.62 }),
];
/** 13 - 8 = 5. */
const PROMPT = { op1: 13, op2: 8, answer: 5 };

describe('the neurons of a prompt', () => {
  const found = openPromptNeurons(NEURONS)(PROMPT);

  it('are those with a heuristic that holds for it, with only the heuristics that do', () => {
    const shown = found.map((n) => [neuronKey(n), n.associated.map(({ heuristic }) => heuristic.key)]);
    expect(shown).toEqual([
      ['1.4', ['op1 in [10,20)', 'op1 = 1 mod 2']],
      ['2.0', ['result = 1 mod 4', 'op1 ~ ..3']],
      ['2.6', ['op1 = 1 mod 2', 'op2 = 0 mod 4']],
    ]);
    expect(found.map(({ score }) => score)).toEqual([0.9 + 0.7, 0.6 + 0.65, 0.61 + 0.62]);
  });

  it('are found by the predicates of the classification', () => {
    const neuronsOf = openPromptNeurons(NEURONS);
    fc.assert(
      fc.property(fc.constantFrom(...promptsOf(UNIVERSE)), (prompt) => {
        const expected = NEURONS.filter(({ matches }) =>
          matches.some(({ heuristic }) => isAssociated(heuristic, prompt)),
        );
        expect(neuronsOf(prompt).map(neuronKey)).toEqual(expected.map(neuronKey));
      }),
    );
  });

  it('are ranked by summed scores or by number, and counted layer by layer', () => {
    const [wide] = openPromptNeurons([
      matched(UNIVERSE, 0, 9, { 'op1 = 13': 0.4, 'op1 ~ ..3': 0.4, 'op2 = 8': 0.4 }),
    ])(PROMPT);
    if (wide === undefined) throw new Error('not found');
    const all = [...found, wide];
    expect(rankPromptNeurons(all, 'score').map(neuronKey)).toEqual(['1.4', '2.0', '2.6', '0.9']);
    expect(rankPromptNeurons(all, 'count').map(neuronKey)).toEqual(['0.9', '1.4', '2.0', '2.6']);
    expect(all.map(neuronKey)).toEqual(['1.4', '2.0', '2.6', '0.9']);
    expect(firstOfEachLayer(rankPromptNeurons(all, 'score'), 1).map(neuronKey)).toEqual([
      '1.4',
      '2.0',
      '0.9',
    ]);
  });
});

it('a heuristic has the neurons that match it', () => {
  const shown = neuronsByHeuristic(NEURONS).map(({ heuristic, neurons }) => [heuristic.key, neurons]);
  expect(shown).toHaveLength(8);
  expect(shown[0]).toEqual(['op1 = 1 mod 2', [neuronAt(1, 4), neuronAt(2, 6)]]);
  expect(shown).toContainEqual(['op1 = op2', [neuronAt(2, 0)]]);
});
