import type { ModelConfig } from '../../src/domain/model-config.js';
import { OPERATORS, type Operator } from '../../src/domain/operator.js';
import { randomStream, type Random } from '../../src/domain/random.js';
import { weightSpecs } from '../../src/weights/architectures.js';
import { oursShape } from '../../src/weights/layout.js';
import type { RawTensor } from '../../src/weights/tensor-source.js';

/** As GPT-NeoX is initialised. */
const STANDARD_DEVIATION = 0.02;
/** A prime, so that rows drawn from the table one after the other do not begin at the same place. */
const TABLE = 1_000_003;
/** Lengths of the waves over the numbers that the planted neurons read. */
const PERIODS = [300, 100, 10, 5] as const;
/** One planted neuron in so many, in the upper half of the layers. */
const PLANTED_SHARE = 16;
/**
 * Of the weights of planted neurons. With larger ones a GELU is exactly 0 for many prompts, and ties are broken by a
 * permutation that the peer does not know.
 */
const PLANTED_SIZE = 0.4;
/** Attention scores of a head that looks back a fixed number of positions lie between minus this and this. */
const SHARPNESS = 20;
/** Heads of the first block: one copies the operator, two the numbers so many positions before `=`. */
const OPERATOR_HEAD = 0;
const NUMBER_HEADS = [
  { head: 1, back: 1 },
  { head: 2, back: 3 },
] as const;

/** Tokens that structure is planted at. */
export interface PlantedTokens {
  /** Token of each number. */
  readonly numbers: ArrayLike<number>;
  readonly operators: Readonly<Record<Operator, number>>;
}

/**
 * Random weights under our names in which a little is planted, so that no measure is without work: every prompt of an
 * operator is answered by one number, which is right for some of them, and one neuron in sixteen of the upper layers
 * reads a wave over op1 or op2, and so implements range and modulo heuristics.
 * @param answers what each operator's prompts are answered by
 */
export function plantedWeights(
  config: ModelConfig,
  { numbers, operators }: PlantedTokens,
  answers: Readonly<Record<Operator, number>>,
  seed: number,
): Map<string, RawTensor> {
  const weights = randomWeights(config, seed);
  const at = (name: string): Matrix => matrixOf(weights, name);
  const random = randomStream(seed, 'planted directions');
  const direction = (): Float32Array => unitVector(config.dModel, random);
  const [wE, wU, wO, wQkv] = [at('W_E'), at('W_U'), at('blocks.0.W_O'), at('blocks.0.W_QKV')];
  const value = (head: number, unit: number): number => 2 * config.dModel + head * config.dHead + unit;

  OPERATORS.forEach((operator, i) => {
    const [read, written] = [direction(), direction()];
    addRow(wE, operators[operator], read, 5);
    setColumn(wQkv, value(OPERATOR_HEAD, i), read, 1);
    setRow(wO, OPERATOR_HEAD * config.dHead + i, written, 2);
    addColumn(wU, numbers[answers[operator]] ?? 0, written, 1);
  });
  attendEvenly(config, weights, OPERATOR_HEAD);

  const waves = PERIODS.flatMap((period) => [0, Math.PI / 2].map((phase) => ({ period, phase })));
  const reads = waves.map(({ period, phase }) => {
    const read = direction();
    for (let n = 0; n < numbers.length; n++)
      addRow(wE, numbers[n] ?? 0, read, Math.cos((2 * Math.PI * n) / period - phase));
    return read;
  });
  const written = NUMBER_HEADS.map(({ head, back }) => {
    lookBack(config, weights, head, back);
    return reads.map((read, unit) => {
      const into = direction();
      setColumn(wQkv, value(head, unit), read, 1);
      setRow(wO, head * config.dHead + unit, into, 0.3);
      return into;
    });
  });
  for (let layer = Math.ceil(config.nLayers / 2); layer < config.nLayers; layer++) {
    const wIn = at(`blocks.${layer}.W_in`);
    for (let neuron = 0; neuron < config.dMlp / PLANTED_SHARE; neuron++) {
      const waveOf = written[random.int(0, written.length - 1)] ?? [];
      const pair = 2 * random.int(0, PERIODS.length - 1);
      const phase = 2 * Math.PI * random.uniform();
      addColumn(wIn, neuron, waveOf[pair] ?? new Float32Array(0), PLANTED_SIZE * Math.cos(phase));
      addColumn(wIn, neuron, waveOf[pair + 1] ?? new Float32Array(0), PLANTED_SIZE * Math.sin(phase));
    }
  }
  return weights;
}

/** Gains 1, biases 0, all else normal with the standard deviation of an initialisation. */
export function randomWeights(config: ModelConfig, seed: number): Map<string, RawTensor> {
  const random = randomStream(seed, 'benchmark weights');
  const table = Float32Array.from({ length: TABLE }, () => STANDARD_DEVIATION * random.normal());
  return new Map(
    weightSpecs(config).map((spec) => {
      const shape = oursShape(spec);
      const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
      if (spec.ours.endsWith('ln1.w') || spec.ours.endsWith('ln2.w') || spec.ours === 'ln_final.w')
        data.fill(1);
      else if (shape.length > 1)
        for (let from = 0, skip = random.int(0, TABLE - 1); from < data.length; skip = 0) {
          const part = table.subarray(skip, skip + data.length - from);
          data.set(part, from);
          from += part.length;
        }
      return [spec.ours, { shape, data }];
    }),
  );
}

/** A tensor [rows, columns], or a vector as one row. */
interface Matrix {
  readonly data: Float32Array;
  readonly columns: number;
}

function matrixOf(weights: ReadonlyMap<string, RawTensor>, name: string): Matrix {
  const tensor = weights.get(name);
  if (tensor === undefined) throw new Error(`there is no weight ${name}`);
  return { data: tensor.data, columns: tensor.shape.at(-1) ?? 1 };
}

function addRow({ data, columns }: Matrix, row: number, values: Float32Array, scale: number): void {
  for (let i = 0; i < columns; i++) {
    const at = row * columns + i;
    data[at] = (data[at] ?? 0) + scale * (values[i] ?? 0);
  }
}

function setRow(matrix: Matrix, row: number, values: Float32Array, scale: number): void {
  matrix.data.fill(0, row * matrix.columns, (row + 1) * matrix.columns);
  addRow(matrix, row, values, scale);
}

function addColumn({ data, columns }: Matrix, column: number, values: Float32Array, scale: number): void {
  values.forEach((value, row) => {
    const at = row * columns + column;
    data[at] = (data[at] ?? 0) + scale * value;
  });
}

function setColumn(matrix: Matrix, column: number, values: Float32Array, scale: number): void {
  values.forEach((_, row) => (matrix.data[row * matrix.columns + column] = 0));
  addColumn(matrix, column, values, scale);
}

/** Scores of the head are 0 everywhere: queries and keys are. */
function attendEvenly(config: ModelConfig, weights: ReadonlyMap<string, RawTensor>, head: number): void {
  const nothing = new Float32Array(config.dModel);
  const wQkv = matrixOf(weights, 'blocks.0.W_QKV');
  for (let unit = 0; unit < config.dHead; unit++)
    for (const part of [0, config.dModel]) setColumn(wQkv, part + head * config.dHead + unit, nothing, 0);
}

/** By its biases alone the head attends to the position so many before: rotation turns them by the distance. */
function lookBack(
  config: ModelConfig,
  weights: ReadonlyMap<string, RawTensor>,
  head: number,
  back: number,
): void {
  attendEvenly(config, weights, head);
  const { data } = matrixOf(weights, 'blocks.0.b_QKV');
  const size = Math.sqrt(SHARPNESS * Math.sqrt(config.dHead));
  const [query, pair] = [head * config.dHead, config.rotaryDims / 2];
  data[query] = size * Math.cos(back);
  data[query + pair] = -size * Math.sin(back);
  data[config.dModel + query] = size;
}

function unitVector(size: number, random: Random): Float32Array {
  const values = Float32Array.from({ length: size }, () => random.normal());
  const mean = values.reduce((sum, value) => sum + value, 0) / size; // LayerNorms see nothing of it
  const centred = values.map((value) => value - mean);
  const norm = Math.hypot(...centred);
  return centred.map((value) => value / norm);
}
