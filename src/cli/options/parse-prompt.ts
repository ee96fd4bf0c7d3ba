import { applyOperator, isOperator } from '../../domain/operator.js';
import type { Prompt } from '../../domain/prompt.js';
import { UsageError } from '../../errors/errors.js';

const FORM = /^\s*(?<op1>\d{1,6})\s*(?<operator>[-+*/])\s*(?<op2>\d{1,6})\s*=?\s*$/;

/**
 * Reads a prompt as people write it, with or without `=` and spaces.
 * @throws UsageError for another form, or a prompt without an answer among the natural numbers
 */
export function parsePrompt(text: string): Prompt {
  const groups = FORM.exec(text)?.groups;
  const operator = groups?.['operator'] ?? '';
  if (groups === undefined || !isOperator(operator))
    throw new UsageError(`'${text}' is no prompt`, 'Give two numbers and an operator, e.g. "226-68=".');
  const op1 = Number(groups['op1']);
  const op2 = Number(groups['op2']);
  const answer = applyOperator(operator, op1, op2);
  if (answer < 0)
    throw new UsageError(
      `${op1}${operator}${op2}= has no answer among the numbers from 0 on`,
      'Differences must not be negative, and nothing is divided by 0.',
    );
  return { operator, op1, op2, answer };
}
