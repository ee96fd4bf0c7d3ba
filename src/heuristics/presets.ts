import { OPERATORS } from '../domain/operator.js';
import type { HeuristicPreset, KRule, ModSpec, RangeSpec } from './preset.js';

const OPERANDS = ['op1', 'op2'] as const;
const EVERY_TARGET = ['op1', 'op2', 'operands', 'result'] as const;
const NOT_DIVISION = ['+', '-', '*'] as const;

const PAPER_K: KRule = { rule: 'associated' };
const PAPER_STEP = { divisor: 3, least: 10 } as const;

/** Heuristics of the paper (arXiv 2410.21272, appendix E), every k the number of associated prompts. */
const PAPER: HeuristicPreset = {
  name: 'paper',
  description: 'Families and parameters of the paper; k is the number of associated prompts.',
  threshold: 0.6,
  families: [
    { family: 'value', operators: OPERATORS, targets: ['op1', 'op2', 'result'], k: PAPER_K },
    {
      family: 'range',
      operators: NOT_DIVISION,
      targets: EVERY_TARGET,
      lengths: [10, 30, 50, 100],
      step: PAPER_STEP,
      startsBelow: 'largestValue',
      k: PAPER_K,
    },
    {
      family: 'range',
      operators: ['/'],
      targets: EVERY_TARGET,
      lengths: [2, 10, 100],
      step: PAPER_STEP,
      startsBelow: 'largestValue',
      k: PAPER_K,
    },
    {
      family: 'mod',
      operators: OPERATORS,
      targets: EVERY_TARGET,
      moduli: [2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 15],
      k: PAPER_K,
    },
    { family: 'pattern', operators: OPERATORS, targets: EVERY_TARGET, k: PAPER_K },
    { family: 'identical', operators: OPERATORS, targets: ['operands'], k: PAPER_K },
    { family: 'multi', operators: ['/'], sizes: { least: 2, most: 4 }, coverage: 0.95, top: 1000 },
  ],
};

const RELEASED_MODULI = [2, 3, 4, 5, 6, 7, 8, 9, 10];

const releasedResultRange = (
  rest: Pick<RangeSpec, 'operators' | 'lengths' | 'startsBelow' | 'k'>,
): RangeSpec => ({ family: 'range', targets: ['result'], step: PAPER_STEP, ...rest });

const releasedMod = (rest: Pick<ModSpec, 'operators' | 'targets' | 'k'>): ModSpec => ({
  family: 'mod',
  moduli: RELEASED_MODULI,
  ...rest,
});

/** What the published numbers were computed with (method section 7), faults left out. */
const RELEASED_CODE: HeuristicPreset = {
  name: 'released-code',
  description: 'Families, parameters and k of the published Python code, to compare with published counts.',
  threshold: 0.6,
  exclude: [
    { operators: ['+'], column: 'result', equals: 'maxAnswer' },
    { operators: ['/'], column: 'op1', equals: 0 },
  ],
  families: [
    releasedMod({ operators: OPERATORS, targets: OPERANDS, k: { rule: 'oneOperandClass' } }),
    releasedMod({ operators: OPERATORS, targets: ['operands'], k: { rule: 'twoOperandClass' } }),
    releasedMod({ operators: ['+', '-'], targets: ['result'], k: { rule: 'twoOperandClass' } }),
    releasedMod({
      operators: ['*'],
      targets: ['result'],
      k: { rule: 'twoOperandClass', atMost: 'maxOperand' },
    }),
    {
      family: 'range',
      operators: ['+', '-', '/'],
      targets: ['op1', 'op2', 'operands'],
      lengths: [10, 30, 50, 100],
      step: 'length',
      startsBelow: 'maxOperand',
      k: { rule: 'associated' },
    },
    {
      family: 'range',
      operators: ['*'],
      targets: ['op1', 'op2', 'operands'],
      lengths: [3, 5, 10],
      step: 'length',
      startsBelow: 'maxOperand',
      k: { rule: 'associated' },
    },
    releasedResultRange({
      operators: ['+'],
      lengths: [10, 30, 50],
      startsBelow: 'twiceMaxOperand',
      k: { rule: 'associated' },
    }),
    releasedResultRange({
      operators: ['-'],
      lengths: [10, 30, 50],
      startsBelow: 'maxOperand',
      k: { rule: 'associated' },
    }),
    releasedResultRange({
      operators: ['*'],
      lengths: [10, 30, 50, 100],
      startsBelow: 'afterMaxAnswer',
      k: { rule: 'associated', atMost: 'maxOperand' },
    }),
    releasedResultRange({
      operators: ['/'],
      lengths: [2, 10, 100],
      startsBelow: 'maxOperand',
      k: { rule: 'associated', atMost: 'maxOperand' },
    }),
    {
      family: 'pattern',
      operators: OPERATORS,
      targets: ['op1', 'op2', 'result'],
      k: { rule: 'maxOperandByDensity' },
      frequent: { most: 5, leastDivisor: 10 },
    },
    {
      family: 'identical',
      operators: ['+', '-', '/'],
      targets: ['operands'],
      k: { rule: 'maxOperand' },
      topOnly: true,
    },
    {
      family: 'identical',
      operators: ['*'],
      targets: ['operands'],
      k: { rule: 'rootOfMaxAnswer' },
      topOnly: true,
    },
    { family: 'multi', operators: ['/'], sizes: { least: 2, most: 5 }, coverage: 0.95, top: 1000 },
  ],
  drop: [
    { operators: ['/'], targets: ['result'], families: ['pattern'] },
    {
      operators: ['/'],
      keys: [
        ...['result in [0,2)', 'result in [0,10)', 'result in [0,100)'],
        ...['result in {0,1}', 'result in {0,2}', 'result in {0,1,2}'],
        ...['result in {0,1,2,3}', 'result in {0,1,2,3,4}'],
      ],
    },
  ],
  voids: [
    { operators: ['/'], targets: ['result'], families: ['range'], answer: 0, k: 'own' },
    {
      operators: ['*'],
      keys: [
        ...RELEASED_MODULI.map((n) => `result = 0 mod ${n}`),
        ...['op1', 'op2', 'result'].flatMap((target) =>
          ['..0', '.00', '0.0'].map((pattern) => `${target} ~ ${pattern}`),
        ),
      ],
      answer: 0,
      k: { rule: 'maxOperandByDensity' },
    },
  ],
};

export const DEFAULT_PRESET = PAPER.name;

/** Presets by name; a user's own preset is an object of the same type. */
export const PRESETS: Readonly<Record<string, HeuristicPreset>> = {
  [PAPER.name]: PAPER,
  [RELEASED_CODE.name]: RELEASED_CODE,
};
