import { describe, expect, it } from 'vitest';
import { OPERATORS } from '../../src/domain/operator.js';
import {
  associatedPrompts,
  isAssociated,
  parsePredicate,
  predicateKey,
} from '../../src/heuristics/predicate.js';
import { compileHeuristics } from '../../src/heuristics/plan.js';
import { PRESETS } from '../../src/heuristics/presets.js';
import { promptsOf, universeOf } from './universe.js';

describe('keys and predicates', () => {
  it.each([
    ['op1 in [10,40)', { op1: 10, op2: 0, answer: 10 }, true],
    ['op1 in [10,40)', { op1: 40, op2: 10, answer: 50 }, false],
    ['op2 = 2 mod 7', { op1: 0, op2: 9, answer: 9 }, true],
    ['op2 = 2 mod 7', { op1: 9, op2: 0, answer: 9 }, false],
    ['operands = 1 mod 2', { op1: 3, op2: 5, answer: 8 }, true],
    ['operands = 1 mod 2', { op1: 3, op2: 4, answer: 7 }, false],
    ['result ~ 1.2', { op1: 100, op2: 32, answer: 132 }, true],
    ['result ~ 1.2', { op1: 100, op2: 33, answer: 133 }, false],
    ['op1 ~ 0.7', { op1: 7, op2: 33, answer: 40 }, true],
    ['op1 ~ ..7', { op1: 1007, op2: 0, answer: 0 }, false],
    ['result = 12', { op1: 6, op2: 6, answer: 12 }, true],
    ['result = 12', { op1: 6, op2: 7, answer: 13 }, false],
    ['op1 = op2', { op1: 6, op2: 6, answer: 12 }, true],
    ['op1 = op2', { op1: 6, op2: 7, answer: 13 }, false],
    ['result in {0,3}', { op1: 7, op2: 2, answer: 3 }, true],
    ['result in {0,3}', { op1: 2, op2: 1, answer: 2 }, false],
  ])('%s of %o is %s', (key, prompt, expected) => {
    expect(isAssociated({ key }, prompt)).toBe(expected);
    expect(predicateKey(parsePredicate(key))).toBe(key);
  });

  it.each(['', 'op3 = 1', 'op1 = x', 'result in {}', 'op1 ~ 12', 'op1 in [1,2]', 'x op1 = op2'])(
    'refuses %o as a key',
    (key) => {
      expect(() => parsePredicate(key)).toThrow(RangeError);
    },
  );

  it.each(OPERATORS)('associates the prompts that classification counted (%s)', (operator) => {
    const universe = universeOf(operator, 25, 40);
    const prompts = promptsOf(universe);
    for (const preset of Object.values(PRESETS)) {
      const plan = compileHeuristics({ preset, universe });
      const kept = (p: number): boolean => plan.included === null || plan.included[p] === 1;
      expect(plan.heuristics.length).toBeGreaterThan(100);
      for (const heuristic of plan.heuristics) {
        const found = Array.from(associatedPrompts(heuristic, universe));
        const expected = prompts.flatMap((prompt, p) => (isAssociated(heuristic, prompt) ? [p] : []));
        expect(found).toEqual(expected);
        expect(found.filter(kept)).toHaveLength(heuristic.associated);
      }
    }
  });
});
