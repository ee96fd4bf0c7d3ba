/** The four operators of the paper, in the order in which tables and charts show them. */
export const OPERATORS = ['+', '-', '*', '/'] as const;
export type Operator = (typeof OPERATORS)[number];

const APPLY: Record<Operator, (op1: number, op2: number) => number> = {
  '+': (op1, op2) => op1 + op2,
  '-': (op1, op2) => op1 - op2,
  '*': (op1, op2) => op1 * op2,
  '/': (op1, op2) => (op2 === 0 ? -1 : Math.floor(op1 / op2)),
};

/**
 * Result of `op1 operator op2`; `/` is integer division (method section 1).
 * @returns the result, negative where the prompt has no valid one (`-` with op1 < op2, `/` by 0).
 */
export function applyOperator(operator: Operator, op1: number, op2: number): number {
  return APPLY[operator](op1, op2);
}

export function isOperator(text: string): text is Operator {
  return (OPERATORS as readonly string[]).includes(text);
}
