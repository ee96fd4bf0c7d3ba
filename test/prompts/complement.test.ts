import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPERATORS } from '../../src/domain/operator.js';
import type { PromptTable } from '../../src/domain/prompt.js';
import { complementPrompts } from '../../src/prompts/complement.js';
import { buildUniverse } from '../../src/prompts/universe.js';

const pairsOf = ({ op1, op2 }: PromptTable): string[] => Array.from(op1, (a, p) => `${a} ${op2[p] ?? NaN}`);

describe('the complement of a universe', () => {
  it('has the sizes of the embedded suite', () => {
    expect(OPERATORS.map((operator) => complementPrompts(operator, 100, 198).count)).toEqual([
      0, 4950, 8915, 100,
    ]);
  });

  it('and the universe hold every pair of operands once', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...OPERATORS),
        fc.integer({ min: 1, max: 20 }),
        fc.nat(40),
        (operator, maxOperand, maxAnswer) => {
          const pairs = [buildUniverse, complementPrompts].flatMap((build) =>
            pairsOf(build(operator, maxOperand, maxAnswer)),
          );
          expect(pairs).toHaveLength(maxOperand ** 2);
          expect(new Set(pairs).size).toBe(maxOperand ** 2);
        },
      ),
    );
  });

  it('names negative differences, large results and divisions by 0', () => {
    expect(pairsOf(complementPrompts('-', 3, 9))).toEqual(['0 1', '0 2', '1 2']);
    expect(pairsOf(complementPrompts('*', 4, 5))).toEqual(['2 3', '3 2', '3 3']);
    expect(pairsOf(complementPrompts('/', 3, 9))).toEqual(['0 0', '1 0', '2 0']);
  });
});
