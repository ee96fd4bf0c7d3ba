import { describe, expect, it } from 'vitest';
import { OPERATORS } from '../../src/domain/operator.js';
import { classifyNeurons } from '../../src/heuristics/classify.js';
import { compileHeuristics } from '../../src/heuristics/plan.js';
import { buildUniverse } from '../../src/prompts/universe.js';
import {
  MAX_ANSWER,
  MAX_OPERAND,
  PLANTED,
  PLANTED_PRESET,
  type PlantedNeuron,
} from '../support/planted-neurons.js';
import { plannedDirectLogits, plannedMap } from '../support/planted-scores.js';
import { promptsOf, rows } from './universe.js';

describe.each(OPERATORS)('the maps of neurons planted for %s', (operator) => {
  const universe = buildUniverse(operator, MAX_OPERAND, MAX_ANSWER);
  const plans = [compileHeuristics({ preset: PLANTED_PRESET, universe })];
  const neurons = PLANTED.filter(({ operators }) => operators.includes(operator));
  const found = (order: readonly PlantedNeuron[], seed: number): { key: string; score: number }[][] =>
    (
      classifyNeurons({
        plans,
        activations: rows(...order.map((one) => plannedMap(one, promptsOf(universe)))),
        directLogits: rows(...order.map((one) => Float32Array.from(plannedDirectLogits(one)))),
        seed,
      })[0] ?? []
    ).map(({ matches }) => matches.map(({ heuristic, score }) => ({ key: heuristic.key, score })));

  it.each([0, 1, 2])('give the planted heuristics and no other, however ties are broken (%i)', (seed) => {
    const planted = neurons.map(({ heuristic, score }) =>
      heuristic === null ? [] : [{ key: heuristic, score }],
    );
    expect(found(neurons, seed)).toEqual(planted);
  });

  it('give the same in any row', () => {
    expect(found(neurons.toReversed(), 0)).toEqual(found(neurons, 0).toReversed());
  });
});
