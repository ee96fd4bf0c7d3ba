import { applyOperator, type Operator } from '../domain/operator.js';
import type { PromptTable, PromptUniverse } from '../domain/prompt.js';

/**
 * All prompts of an operator with operands in [0, maxOperand) and a result in [0, maxAnswer], sorted by op1, then op2
 * (method section 1). `/` leaves out op2 = 0, `-` op1 < op2.
 */
export function buildUniverse(operator: Operator, maxOperand: number, maxAnswer: number): PromptUniverse {
  const columns = { op1: [] as number[], op2: [] as number[], answer: [] as number[] };
  for (let op1 = 0; op1 < maxOperand; op1++)
    for (let op2 = 0; op2 < maxOperand; op2++) {
      const answer = applyOperator(operator, op1, op2);
      if (answer < 0 || answer > maxAnswer) continue;
      columns.op1.push(op1);
      columns.op2.push(op2);
      columns.answer.push(answer);
    }
  return { ...toTable(operator, columns), maxOperand, maxAnswer };
}

/** Columns as a table of prompts. */
export function toTable(
  operator: Operator,
  columns: Record<'op1' | 'op2' | 'answer', readonly number[]>,
): PromptTable {
  return {
    operator,
    count: columns.op1.length,
    op1: Uint16Array.from(columns.op1),
    op2: Uint16Array.from(columns.op2),
    answer: Uint16Array.from(columns.answer),
  };
}

/** The prompts at the given indices, in that order. */
export function selectPrompts(table: PromptTable, indices: readonly number[]): PromptTable {
  return toTable(table.operator, {
    op1: indices.map((i) => table.op1[i] ?? 0),
    op2: indices.map((i) => table.op2[i] ?? 0),
    answer: indices.map((i) => table.answer[i] ?? 0),
  });
}

type Condition = (op1: number, op2: number, answer: number) => boolean;

/**
 * Prompts that a rule shorter than the operation answers: an operand that leaves the other as it is, or one answer that
 * is right for a large share of the universe (`/` by 0 and 1: 50 % answer 0).
 */
const TRIVIAL: Record<Operator, Condition> = {
  '+': (op1, op2) => op1 === 0 || op2 === 0,
  '-': (op1, op2) => op2 === 0 || op1 === op2,
  '*': (op1, op2) => op1 <= 1 || op2 <= 1,
  '/': (_op1, _op2, answer) => answer < 2,
};

/** Whether the accuracy without trivial prompts leaves this one out. */
export function isTrivial(operator: Operator, op1: number, op2: number, answer: number): boolean {
  return TRIVIAL[operator](op1, op2, answer);
}
