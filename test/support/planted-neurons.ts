import { isOperator, type Operator } from '../../src/domain/operator.js';
import type { Prompt } from '../../src/domain/prompt.js';
import { permutation, randomStream } from '../../src/domain/random.js';
import type { HeuristicPreset } from '../../src/heuristics/preset.js';

/** Operands are 0 .. 19; every sum has a token. */
export const MAX_OPERAND = 20;
export const MAX_ANSWER = 38;
export const D_MLP = 48;
/** The layer of the planted neurons, the second and last. */
export const HEURISTIC_LAYER = 1;
export const STEPS = [0, 10, 20, 30, 40];

/** Share of a neuron's activation that one step of its jitter adds: 19 of them change no answer. */
export const JITTER = 0.0005;
/** What a neuron adds to the logits of the results that it names: below half the distance between two sums. */
export const RESULT_LOGIT = 0.004;

/** Results that a neuron may name. */
export const RESULT_SETS = {
  sevens: (r: number): boolean => r % 10 === 7,
  oneOrTwo: (r: number): boolean => r === 1 || r === 2,
} as const;

/** How one neuron fires and what it writes, at some of the steps. It fires with 1, plus its jitter, or not at all. */
export interface PlantedNeuron {
  readonly neuron: number;
  readonly steps: readonly number[];
  /** Operators for which it fires. */
  readonly operators: readonly Operator[];
  /** Key of the heuristic that it was made to implement; null: made to implement none. */
  readonly heuristic: string | null;
  /** Share of the heuristic's prompts that it fires for; it fires for as many prompts as the heuristic has. */
  readonly score: number;
  /** It fires where `op1(a) + op2(b)` is `full`, which is the largest sum of the operator's prompts. */
  readonly op1: (a: number) => number;
  readonly op2: (b: number) => number;
  readonly full: number;
  /** Operands whose values change the activation slightly, so that its map has few ties. */
  readonly jitter: readonly ('op1' | 'op2')[];
  /** It says "this much more" of the sum; 0: it says nothing. */
  readonly adds: number;
  /** Results whose logits it raises. */
  readonly results: keyof typeof RESULT_SETS | null;
}

type Reads = Pick<PlantedNeuron, 'op1' | 'op2' | 'full' | 'jitter'>;
type Draft = Omit<PlantedNeuron, 'neuron'> & { readonly slot: string };

const never = (): number => 0;
const bit =
  (holds: (v: number) => boolean) =>
  (v: number): number =>
    holds(v) ? 1 : 0;

/**
 * A statement on one operand; the jitter comes from the other one. Then no heuristic of that other one fills more than
 * half of any top of the map, and those of the same operand are evenly mixed in it.
 */
const onOp1 = (holds: (a: number) => boolean): Reads => ({
  op1: bit(holds),
  op2: never,
  full: 1,
  jitter: ['op2'],
});
const onOp2 = (holds: (b: number) => boolean): Reads => ({
  op1: never,
  op2: bit(holds),
  full: 1,
  jitter: ['op1'],
});
const onBoth = (holds: (v: number) => boolean): Reads => ({
  op1: bit(holds),
  op2: bit(holds),
  full: 2,
  jitter: [],
});
/** Fires for every prompt; jitter from both operands orders them by no heuristic. */
const ALWAYS: Reads = { op1: never, op2: never, full: 0, jitter: ['op1', 'op2'] };
/** Where op1 >= op2, as in the prompts of `-`, the largest sum is that of equal operands. */
const IDENTICAL: Reads = { op1: (a) => -a, op2: (b) => b, full: 0, jitter: [] };

const mod =
  (r: number, n: number) =>
  (v: number): boolean =>
    v % n === r;
const oneOf =
  (...values: readonly number[]) =>
  (v: number): boolean =>
    values.includes(v);
const tens = (v: number): boolean => v >= 10;

function draft(
  slot: string,
  operators: string,
  steps: readonly number[],
  heuristic: string | null,
  reads: Reads,
  rest: Partial<Pick<PlantedNeuron, 'adds' | 'results' | 'score'>> = {},
): Draft {
  const named = Array.from(operators).filter(isOperator);
  return { slot, operators: named, steps, heuristic, ...reads, adds: 0, results: null, score: 1, ...rest };
}

const UNITS = [1, 2, 3, 4, 5, 6, 7, 8, 9];

/**
 * The bag: sums are made of two tens and two units, each with its neuron. The others say nothing of the sum. Two drafts
 * of one slot are the same neuron at different steps.
 */
const DRAFTS: readonly Draft[] = [
  ...UNITS.map((d) =>
    // One of them dies and comes back.
    draft(`op1 ${d}`, '+', d === 3 ? [10, 20, 40] : [10, 20, 30, 40], `op1 ~ ..${d}`, onOp1(mod(d, 10)), {
      adds: d,
    }),
  ),
  ...UNITS.map((d) =>
    draft(`op2 ${d}`, '+', [10, 20, 30, 40], `op2 ~ ..${d}`, onOp2(mod(d, 10)), { adds: d }),
  ),
  draft('op1 tens', '+', [20, 30, 40], 'op1 in [10,20)', onOp1(tens), { adds: 10 }),
  draft('op2 tens', '+', [30, 40], 'op2 in [10,20)', onOp2(tens), { adds: 10 }),
  draft(
    'shared',
    '+/',
    [10, 20],
    'op1 in [0,10)',
    onOp1((v) => v < 10),
  ),
  draft('brief', '+', [20], 'op2 = 5 mod 7', onOp2(mod(5, 7))),
  draft('changing', '+', [10, 20], 'op1 = 2 mod 3', onOp1(mod(2, 3))),
  draft('changing', '+', [30, 40], 'op1 = 1 mod 3', onOp1(mod(1, 3))),
  draft('result', '+', [20, 30, 40], 'result = 7 mod 10', ALWAYS, { results: 'sevens' }),
  draft('identical', '-', [30, 40], 'op1 = op2', IDENTICAL),
  draft('from the start', '*', STEPS, 'op2 = 1 mod 3', onOp2(mod(1, 3))),
  draft('twice', '/', [10, 30], 'op2 ~ ..4', onOp2(mod(4, 10))),
  draft('both', '/', [20, 30, 40], 'operands = 1 mod 3', onBoth(mod(1, 3))),
  draft('quotients', '/', [40], 'result in {1,2}', ALWAYS, { results: 'oneOrTwo' }),
  // Some of the right values and some wrong ones: 4 of 6, 3 of 5 (the threshold itself), 4 of 7 (too few).
  draft('partly', '+', [30, 40], 'op2 = 2 mod 3', onOp2(oneOf(2, 5, 11, 14, 0, 16)), { score: 4 / 6 }),
  draft('just', '+', [20, 40], 'op2 = 1 mod 4', onOp2(oneOf(1, 13, 17, 6, 8)), { score: 3 / 5 }),
  draft('not quite', '+', STEPS, null, onOp1(oneOf(0, 3, 12, 15, 4, 11, 17))),
  draft('nothing, early', '+/', STEPS, null, ALWAYS),
  draft('nothing, late', '+/', [20, 40], null, ALWAYS),
];

/** All planted neurons, in places of the layer that tell nothing. */
export const PLANTED: readonly PlantedNeuron[] = place(DRAFTS);

function place(drafts: readonly Draft[]): PlantedNeuron[] {
  const slots = [...new Set(drafts.map(({ slot }) => slot))];
  const order = permutation(D_MLP, randomStream(0, 'planted', 'neurons'));
  return drafts.map(({ slot, ...rest }) => ({ ...rest, neuron: order[slots.indexOf(slot)] ?? 0 }));
}

/** Every (operator, neuron, heuristic) that is planted; `steps` is its life. */
export const PLANTED_TUPLES: readonly (PlantedNeuron & { operator: Operator; heuristic: string })[] =
  PLANTED.flatMap((one) =>
    one.operators.flatMap((operator) =>
      one.heuristic === null ? [] : [{ ...one, operator, heuristic: one.heuristic }],
    ),
  );

/** The neurons present at a step. */
export function plantedAt(step: number): PlantedNeuron[] {
  return PLANTED.filter(({ steps }) => steps.includes(step));
}

/** Steps of jitter that a value of an operand adds: each value another number, 0 .. 19, small and large ones in turn. */
export function jitterSteps(
  { neuron, jitter }: PlantedNeuron,
  operand: 'op1' | 'op2',
  value: number,
): number {
  return jitter.includes(operand) ? (11 * value + neuron + (operand === 'op1' ? 0 : 3)) % MAX_OPERAND : 0;
}

/** The activation that a neuron was made to have, in units of its own. */
export function plannedActivation(
  one: PlantedNeuron,
  { operator, op1, op2 }: Omit<Prompt, 'answer'>,
): number {
  if (!one.operators.includes(operator) || one.op1(op1) + one.op2(op2) < one.full) return 0;
  return 1 + JITTER * (jitterSteps(one, 'op1', op1) + jitterSteps(one, 'op2', op2));
}

/** The mean of what a neuron does where it fires: each operand that jitters adds 9.5 steps. */
export function meanActivation({ jitter }: PlantedNeuron): number {
  return 1 + ((MAX_OPERAND - 1) / 2) * JITTER * jitter.length;
}

/** What a neuron was made to add to the logit of a result, up to a factor and a constant. */
export function plannedLogit({ adds, results }: PlantedNeuron, result: number): number {
  return (2 * adds * result) / 64 + (results !== null && RESULT_SETS[results](result) ? RESULT_LOGIT : 0);
}

/** The families planted, with all their other members as distractors. */
export const PLANTED_PRESET: HeuristicPreset = {
  name: 'planted',
  description: 'the families of the planted heuristics',
  threshold: 0.6,
  largestBaseRate: 0.55,
  smallestK: 10,
  families: [
    { family: 'value', operators: ['+', '/'], targets: ['op1', 'op2'], k: { rule: 'associated' } },
    {
      family: 'range',
      operators: ['+', '/'],
      targets: ['op1', 'op2', 'operands'],
      lengths: [10],
      step: 'length',
      startsBelow: 'maxOperand',
      k: { rule: 'associated' },
    },
    {
      family: 'mod',
      operators: ['+', '-', '*', '/'],
      targets: ['op1', 'op2', 'operands'],
      moduli: [3, 4, 7],
      k: { rule: 'associated' },
    },
    { family: 'mod', operators: ['+'], targets: ['result'], moduli: [10], k: { rule: 'associated' } },
    {
      family: 'pattern',
      operators: ['+', '-', '*', '/'],
      targets: ['op1', 'op2'],
      k: { rule: 'associated' },
    },
    {
      family: 'identical',
      operators: ['+', '-', '*', '/'],
      targets: ['operands'],
      k: { rule: 'associated' },
    },
    { family: 'multi', operators: ['/'], sizes: { least: 2, most: 3 }, coverage: 0.95, top: 120 },
  ],
};
