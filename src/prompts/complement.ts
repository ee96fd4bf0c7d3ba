import { applyOperator, type Operator } from '../domain/operator.js';
import type { PromptTable } from '../domain/prompt.js';
import { toTable } from './universe.js';

/**
 * The prompts with operands in [0, maxOperand) that `buildUniverse` leaves out: negative differences, results above
 * `maxAnswer`, division by 0. Mean activations count them as well (method section 5).
 * @returns sorted by op1, then op2; these prompts have no answer, so that `answer` is 0 everywhere, a placeholder
 */
export function complementPrompts(operator: Operator, maxOperand: number, maxAnswer: number): PromptTable {
  const columns = { op1: [] as number[], op2: [] as number[], answer: [] as number[] };
  for (let op1 = 0; op1 < maxOperand; op1++)
    for (let op2 = 0; op2 < maxOperand; op2++) {
      const answer = applyOperator(operator, op1, op2);
      if (answer >= 0 && answer <= maxAnswer) continue;
      columns.op1.push(op1);
      columns.op2.push(op2);
      columns.answer.push(0);
    }
  return toTable(operator, columns);
}
