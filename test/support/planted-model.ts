import type { ModelConfig } from '../../src/domain/model-config.js';
import { OPERATORS } from '../../src/domain/operator.js';
import { BOS } from '../../src/training/vocabulary.js';
import { weightSpecs } from '../../src/weights/architectures.js';
import { oursShape } from '../../src/weights/layout.js';
import type { RawTensor } from '../../src/weights/tensor-source.js';
import {
  D_MLP,
  JITTER,
  MAX_ANSWER,
  MAX_OPERAND,
  PLANTED,
  RESULT_LOGIT,
  RESULT_SETS,
  jitterSteps,
  meanActivation,
  plantedAt,
  type PlantedNeuron,
} from './planted-neurons.js';

const D_HEAD = 24;
const N_HEADS = 4;
const D_MODEL = D_HEAD * N_HEADS;

/** The heads of layer 0 that the circuit needs, by what they copy to the last position; head 1 reads BOS only. */
export const CIRCUIT_HEADS = { op2: 0, op1: 2, operator: 3 } as const;

/** Where in the residual stream each thing lies; those with a sign are read and written as a difference of two. */
const AT = {
  number: 0,
  operator: 20,
  isNumber: 24,
  isOperator: 25,
  isEquals: 26,
  isBos: 27,
  /** Makes every sum over d_model 0, so that LayerNorm moves nothing. */
  balance: 28,
  op1: 29,
  op2: 49,
  copiedOperator: 69,
  one: [73, 74],
  sum: [75, 76],
  sevens: [77, 78],
  oneOrTwo: [79, 80],
  unused: [81, 82],
} as const;

export function plantedConfig(dVocab: number): ModelConfig {
  return {
    architecture: 'gpt_neox',
    nLayers: 2,
    dModel: D_MODEL,
    nHeads: N_HEADS,
    nKvHeads: N_HEADS,
    dHead: D_HEAD,
    dMlp: D_MLP,
    dVocab,
    rotaryDims: 6,
    rotaryBase: 10_000,
    rotaryScaling: null,
    eps: 1e-5,
    gated: false,
    tied: false,
    attentionBias: true,
    mlpBias: true,
  };
}

/** Adds to entries of a matrix. */
type Add = (name: string, row: number, column: number, value: number) => void;

/** Weights of the planted model at a step, by our names. @param vocabulary token texts by id */
export function plantedWeights(step: number, vocabulary: readonly string[]): Map<string, RawTensor> {
  const config = plantedConfig(vocabulary.length);
  const weights = new Map(
    weightSpecs(config).map((spec): [string, RawTensor] => {
      const shape = oursShape(spec);
      const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
      return [spec.ours, { shape, data: /ln\w*\.w$/.test(spec.ours) ? data.fill(1) : data }];
    }),
  );
  const add: Add = (name, row, column, value) => {
    const tensor = weights.get(name);
    const columns = tensor?.shape.at(-1) ?? 0;
    if (tensor === undefined || column >= columns) throw new Error(`no entry ${row}, ${column} of ${name}`);
    const at = tensor.shape.length === 1 ? column : row * columns + column;
    tensor.data[at] = (tensor.data[at] ?? 0) + value;
  };
  vocabulary.forEach((token, id) => {
    embedToken(add, token, id);
  });
  addHeads(add);
  addConstants(add);
  for (const one of plantedAt(step)) addNeuron(add, one);
  vocabulary.forEach((token, id) => {
    readToken(add, token, id);
  });
  return weights;
}

/** The entries of a token other than 0; their sum is 0. */
function tokenEntries(token: string): [number, number][] {
  const operator = OPERATORS.findIndex((one) => one === token);
  if (operator >= 0) return [[AT.operator + operator, 1], [AT.isOperator, 1], [AT.balance, -2]]; // prettier-ignore
  if (token === '=') return [[AT.isEquals, 1], [AT.one[0], 1], [AT.one[1], -1], [AT.balance, -1]]; // prettier-ignore
  if (token === BOS) return [[AT.isBos, 1], [AT.balance, -1]]; // prettier-ignore
  const value = Number(token);
  return value < MAX_OPERAND ? [[AT.number + value, 1], [AT.isNumber, 1], [AT.balance, -2]] : []; // prettier-ignore
}

/** What LayerNorm multiplies a residual by whose entries have this sum of squares, and the sum 0. */
function normScale(squares: number): number {
  return 1 / Math.sqrt(squares / D_MODEL + 1e-5);
}

const squaresOf = (token: string): number => tokenEntries(token).reduce((sum, [, x]) => sum + x * x, 0);
/** At the last position layer 1 sees `=`, three copies, the four times that they are balanced, and constants. */
const LAST_SQUARES = 1 + 2 + 3 + 4 ** 2 + 2 * (0.5 + 0.25) ** 2;

function embedToken(add: Add, token: string, id: number): void {
  for (const [dimension, value] of tokenEntries(token)) add('W_E', id, dimension, value);
}

const column = (part: 0 | 1 | 2, head: number, i: number): number => part * D_MODEL + head * D_HEAD + i;
/** Queries and keys so long that all other weights of the pattern are 0 in float32. */
const SHARP = 10;
/** A dimension of heads that is not rotated; the first pair that is, at one radian a position, is 0 and 3. */
const STILL = 10;

/** Layer 0: three heads that copy, one that reads BOS. Layer 1: one writes nothing, one reads nothing. */
function addHeads(add: Add): void {
  const qkv = 'blocks.0.W_QKV';
  const copy = (head: number, from: number, count: number, to: number, token: string): void => {
    for (let i = 0; i < count; i++) {
      add(qkv, from + i, column(2, head, i), 1);
      add('blocks.0.W_O', head * D_HEAD + i, to + i, 1 / normScale(squaresOf(token)));
      add('blocks.0.W_O', head * D_HEAD + i, AT.balance, -1 / normScale(squaresOf(token)));
    }
  };
  // `=` looks for a number so many positions back: the score is the cosine of what is missing to that distance.
  for (const [head, back] of [
    [CIRCUIT_HEADS.op1, 3],
    [CIRCUIT_HEADS.op2, 1],
  ] as const) {
    add(qkv, AT.isEquals, column(0, head, 0), SHARP * Math.cos(back));
    add(qkv, AT.isEquals, column(0, head, 3), -SHARP * Math.sin(back));
    add(qkv, AT.isNumber, column(1, head, 0), SHARP);
  }
  copy(CIRCUIT_HEADS.op1, AT.number, MAX_OPERAND, AT.op1, '0');
  copy(CIRCUIT_HEADS.op2, AT.number, MAX_OPERAND, AT.op2, '0');
  for (const [head, key] of [
    [CIRCUIT_HEADS.operator, AT.isOperator],
    [1, AT.isBos],
  ] as const) {
    add(qkv, AT.isEquals, column(0, head, STILL), SHARP);
    add(qkv, key, column(1, head, STILL), SHARP);
  }
  copy(CIRCUIT_HEADS.operator, AT.operator, OPERATORS.length, AT.copiedOperator, '+');
  add(qkv, AT.isBos, column(2, 1, 0), 1);
  AT.unused.forEach((dimension, i) => {
    add('blocks.0.W_O', D_HEAD, dimension, (i === 0 ? 0.5 : -0.5) / normScale(squaresOf(BOS)));
    add('blocks.1.W_O', 2 * D_HEAD, dimension, i === 0 ? 1 : -1);
  });
  for (let i = 0; i < MAX_OPERAND; i++) add('blocks.1.W_QKV', AT.op1 + i, column(2, 3, i), 1);
}

/** Pre-activation of a neuron that fires, and how far below that of one that does not lies: there GELU is 0 in float32. */
const FIRING = 4;
const GAP = 16;
/** GELU there, by the normal distribution's upper tail at 4. */
export const FIRED = FIRING * (1 - 3.167_124_183e-5);

/** The MLP of layer 0 writes the same everywhere; the neurons of layer 1 that nothing is planted in are constant. */
function addConstants(add: Add): void {
  for (let n = 0; n < D_MLP; n++) add('blocks.0.b_in', 0, n, FIRING);
  AT.unused.forEach((dimension, i) => {
    add('blocks.0.W_out', 5, dimension, (i === 0 ? 0.25 : -0.25) / FIRED);
  });
  const planted = new Set(PLANTED.map(({ neuron }) => neuron));
  for (let n = 0; n < D_MLP; n++) if (!planted.has(n)) add('blocks.1.b_in', 0, n, n / D_MLP);
}

function addNeuron(add: Add, one: PlantedNeuron): void {
  const scale = normScale(LAST_SQUARES);
  // Without its operator it stays below the gap whatever the operands.
  const values = Array.from({ length: MAX_OPERAND }, (_, v) => v);
  const gate = GAP * (1 + Math.max(...values.map(one.op1)) + Math.max(...values.map(one.op2)) - one.full);
  const read = (dimension: number, value: number): void => {
    add('blocks.1.W_in', dimension, one.neuron, value / scale);
  };
  OPERATORS.forEach((operator, i) => {
    if (one.operators.includes(operator)) read(AT.copiedOperator + i, gate);
  });
  for (const operand of ['op1', 'op2'] as const)
    for (const value of values)
      read(
        AT[operand] + value,
        GAP * one[operand](value) + FIRING * JITTER * jitterSteps(one, operand, value),
      );
  add('blocks.1.b_in', 0, one.neuron, FIRING - GAP * one.full - gate);
  const mean = FIRED * meanActivation(one);
  const write = ([plus, minus]: readonly [number, number], value: number): void => {
    add('blocks.1.W_out', one.neuron, plus, value / mean);
    add('blocks.1.W_out', one.neuron, minus, -value / mean);
  };
  write(AT.sum, (2 * one.adds) / 64);
  if (one.results !== null) write(AT[one.results], RESULT_LOGIT);
}

/**
 * The logit of result r is (2 x r - r^2) / 64, x the sum said by the neurons, and so is largest where r = x; it is a
 * little more where a neuron names r. Other tokens have that of r = 38 at x = 0.
 */
function readToken(add: Add, token: string, id: number): void {
  const r = /^\d+$/.test(token) ? Number(token) : null;
  const read = ([plus, minus]: readonly [number, number], value: number): void => {
    add('W_U', plus, id, value / 2);
    add('W_U', minus, id, -value / 2);
  };
  read(AT.one, -((r ?? MAX_ANSWER) ** 2) / 64);
  if (r === null) return;
  read(AT.sum, r);
  if (RESULT_SETS.sevens(r)) read(AT.sevens, 1);
  if (RESULT_SETS.oneOrTwo(r)) read(AT.oneOrTwo, 1);
}
