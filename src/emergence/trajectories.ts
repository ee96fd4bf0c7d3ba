import type { Trajectory } from '../analysis/emergence/trajectory.js';
import { QUANTITIES, type Quantity } from '../domain/emergence.js';
import { FAMILIES } from '../domain/heuristic.js';
import { OPERATORS, type Operator } from '../domain/operator.js';
import { ANY, PROMPT_SETS } from '../store/schema/shared-columns.js';
import type { RowOf } from '../store/schema/tables.js';
import { askRecords, type Row } from '../queries/records.js';
import { maybeNumberAt, numberAt, oneOf, textAt } from './cells.js';

/** One quantity over the checkpoints of one run. */
export interface MeasuredTrajectory {
  readonly seed: number;
  /** Readable, and the same for all seeds. */
  readonly name: string;
  readonly quantity: Quantity;
  readonly operator: Operator;
  readonly preset: string | null;
  readonly promptSet: RowOf<'emergence'>['prompt_set'];
  readonly family: RowOf<'emergence'>['family'];
  readonly measured: Trajectory;
}

const QUANTITY_NAMES = Object.keys(QUANTITIES).filter((name): name is Quantity => name in QUANTITIES);

const COUNTED = [ANY, ...FAMILIES] as const;

/** Counts less chance where every step has a chance level, counts as they are where one has none, or values. */
function trajectoryOf(rows: readonly Row[]): Trajectory {
  const steps = rows.map((row) => numberAt(row, 'step'));
  if (rows.some((row) => row['value'] !== null))
    return { steps, values: rows.map((row) => numberAt(row, 'value')) };
  const chance = rows.flatMap((row) => maybeNumberAt(row, 'chance') ?? []);
  return {
    steps,
    successes: rows.map((row) => numberAt(row, 'successes')),
    trials: rows.map((row) => numberAt(row, 'trials')),
    ...(chance.length === rows.length ? { chance } : {}),
  };
}

/**
 * What is judged of a suite (method section 10), as the query `trajectories` has it: accuracy by set of prompts, classified
 * neurons in all and by family, the share of the reference's pairs, the knock-out drop.
 * @throws what `runQuery` throws
 */
export async function suiteTrajectories(db: string, suite: string): Promise<MeasuredTrajectory[]> {
  const bySeedAndName = new Map<string, Row[]>();
  for (const row of await askRecords(db, 'trajectories', { suite })) {
    const key = `${numberAt(row, 'seed')} ${textAt(row, 'trajectory')}`;
    const rows = bySeedAndName.get(key) ?? [];
    rows.push(row);
    bySeedAndName.set(key, rows);
  }
  return [...bySeedAndName.values()].flatMap((rows) => {
    const [first] = rows;
    if (first === undefined) return [];
    return {
      seed: numberAt(first, 'seed'),
      name: textAt(first, 'trajectory'),
      quantity: oneOf(QUANTITY_NAMES, first['quantity']),
      operator: oneOf(OPERATORS, first['operator']),
      preset: first['preset'] === null ? null : textAt(first, 'preset'),
      promptSet: first['prompt_set'] === null ? null : oneOf(PROMPT_SETS, first['prompt_set']),
      family: first['family'] === null ? null : oneOf(COUNTED, first['family']),
      measured: trajectoryOf(rows),
    };
  });
}
