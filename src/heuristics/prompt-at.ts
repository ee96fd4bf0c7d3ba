import type { PromptTable } from '../domain/prompt.js';
import type { PromptValues } from './predicate.js';

/** A prompt of a table. @throws RangeError when there is none of the index */
export function promptAt({ op1, op2, answer, count }: PromptTable, index: number): PromptValues {
  const values = { op1: op1[index], op2: op2[index], answer: answer[index] };
  if (values.op1 === undefined || values.op2 === undefined || values.answer === undefined)
    throw new RangeError(`prompt ${index} of a table of ${count}`);
  return { op1: values.op1, op2: values.op2, answer: values.answer };
}
