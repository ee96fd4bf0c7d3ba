import { OPERATORS } from '../domain/operator.js';
import { PROMPT_LENGTH, type PromptTable } from '../domain/prompt.js';
import { randomStream } from '../domain/random.js';
import { trainMask } from '../prompts/split.js';
import { buildUniverse, selectPrompts } from '../prompts/universe.js';
import { BOS, vocabulary } from './vocabulary.js';
import { batchSize, type Recipe } from './recipe.js';

/** Prompts as token ids, and the answers' tokens. */
export interface Batch {
  /** [size, 5] row-major: BOS, op1, operator, op2, `=` */
  readonly tokens: Int32Array;
  /** [size] */
  readonly answers: Int32Array;
  readonly size: number;
}

/** The prompts of a recipe on both sides of its split, one table an operator. */
export interface Dataset {
  readonly train: readonly PromptTable[];
  readonly heldOut: readonly PromptTable[];
}

/** Builds the universes of all operators and splits them. */
export function buildDataset(recipe: Recipe): Dataset {
  const sides = OPERATORS.map((operator) => {
    const universe = buildUniverse(operator, recipe.maxOperand, recipe.maxAnswer);
    const mask = trainMask(universe, recipe.split);
    const indices = (side: number): number[] => [...mask.keys()].filter((i) => mask[i] === side);
    return { train: selectPrompts(universe, indices(1)), heldOut: selectPrompts(universe, indices(0)) };
  });
  return { train: sides.map((s) => s.train), heldOut: sides.map((s) => s.heldOut) };
}

/** Writes prompts as tokens of the recipe's own vocabulary. */
class BatchWriter {
  readonly tokens: Int32Array;
  readonly answers: Int32Array;
  private readonly ids: ReadonlyMap<string, number>;
  private row = 0;

  constructor(recipe: Recipe, size: number) {
    this.tokens = new Int32Array(size * PROMPT_LENGTH);
    this.answers = new Int32Array(size);
    this.ids = new Map(vocabulary(recipe).map((token, id) => [token, id]));
  }

  push(table: PromptTable, index: number): void {
    const texts = [BOS, String(table.op1[index]), table.operator, String(table.op2[index]), '='];
    this.tokens.set(
      texts.map((text) => this.id(text)),
      this.row * PROMPT_LENGTH,
    );
    this.answers[this.row] = this.id(String(table.answer[index]));
    this.row++;
  }

  finish(): Batch {
    return {
      tokens: this.tokens.subarray(0, this.row * PROMPT_LENGTH),
      answers: this.answers.subarray(0, this.row),
      size: this.row,
    };
  }

  private id(text: string): number {
    const id = this.ids.get(text);
    if (id === undefined) throw new Error(`'${text}' is not in the vocabulary`);
    return id;
  }
}

/** The training batch of one step: uniform with replacement, a function of seed and step alone. */
export function trainingBatch(recipe: Recipe, dataset: Dataset, seed: number, step: number): Batch {
  const random = randomStream(seed, 'batch', step);
  const writer = new BatchWriter(recipe, batchSize(recipe));
  for (const table of dataset.train)
    for (let i = 0; i < recipe.batch[table.operator]; i++) writer.push(table, random.int(0, table.count - 1));
  return writer.finish();
}

/** At most `perOperator` evenly spaced held-out prompts of each operator, for the progress display. */
export function heldOutSample(recipe: Recipe, dataset: Dataset, perOperator: number): Batch {
  const writer = new BatchWriter(recipe, perOperator * dataset.heldOut.length);
  for (const table of dataset.heldOut)
    for (let i = 0; i < Math.min(perOperator, table.count); i++)
      writer.push(table, Math.floor((i * table.count) / Math.min(perOperator, table.count)));
  return writer.finish();
}
