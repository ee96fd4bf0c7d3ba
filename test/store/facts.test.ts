import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readStore } from '../../src/store/database.js';
import type { StepBatch, UnitBatch } from '../../src/store/encode-batch.js';
import type { TableDefinition } from '../../src/store/schema/columns.js';
import { FACT_NAMES, TABLES, type FactName, type FactOf } from '../../src/store/schema/tables.js';
import { scratch } from './example.js';
import { wholeStep } from './whole-example.js';
import { storeSpooled } from './spool/spools.js';

let folder: string;
let remove: () => void;
let db: string;
beforeEach(() => {
  ({ folder, remove } = scratch());
  db = join(folder, 'test.duckdb');
});
afterEach(() => remove());

const commit = (batch: StepBatch) => storeSpooled(db, batch);

/** The example at its last step with the rows of one table changed. */
function changed<T extends FactName>(
  table: T,
  change: (rows: readonly FactOf<T>[]) => readonly FactOf<T>[],
): StepBatch {
  const { dimensions, units } = wholeStep(0, 1000);
  return {
    dimensions,
    units: units.map(({ unit, facts }): UnitBatch => {
      const rows = facts[table];
      return rows === undefined ? { unit, facts } : { unit, facts: { ...facts, [table]: change(rows) } };
    }),
  };
}

const definition = (table: FactName): TableDefinition => TABLES[table];
const WITH_REASON = FACT_NAMES.filter((table) => 'null_reason' in TABLES[table].columns);

describe.each(FACT_NAMES)('the facts of %s', (table) => {
  it('are refused when two rows have one key, before a file is made', async () => {
    await expect(commit(changed(table, (rows) => [...rows, ...rows.slice(1, 2)]))).rejects.toThrow(
      table === 'neuron_heuristics' ? /heuristics, but \d rows/ : `two rows of ${table} have the key`,
    );
    expect(existsSync(db)).toBe(false);
  });

  it('are refused in a unit of another measure', async () => {
    const { dimensions, units } = wholeStep(0, 1000);
    const facts = units.find((each) => each.facts[table] !== undefined)?.facts;
    const other = units.find((each) => each.facts[table] === undefined);
    if (facts === undefined || other === undefined) throw new Error('the example has all measures');
    await expect(commit({ dimensions, units: [{ ...other, facts }] })).rejects.toThrow(
      `${other.unit.unit_id} of ${other.unit.measure} has rows of `,
    );
  });
});

describe.each(WITH_REASON)('a row of %s', (table) => {
  it('that is null needs a reason', async () => {
    const { columns, key } = definition(table);
    const nulls = Object.fromEntries(
      Object.entries(columns).flatMap(([name, column]) =>
        column.nullable && !key.includes(name) ? [[name, null]] : [],
      ),
    );
    // Of neurons, the one without matches: the others would contradict their heuristics first.
    const batch = changed(table, (rows) =>
      rows.map((row) => ('n_heuristics' in row && row.n_heuristics !== 0 ? row : { ...row, ...nulls })),
    );
    await expect(commit(batch)).rejects.toThrow('CHECK constraint failed');
  });

  it('that was measured has none', async () => {
    const batch = changed(table, (rows) => rows.map((row) => ({ ...row, null_reason: 'not_finite' })));
    await expect(commit(batch)).rejects.toThrow('CHECK constraint failed');
  });
});

describe('null in a key', () => {
  const agreement = (layers: readonly (number | null)[]): StepBatch =>
    changed('effect_agreement', ([row]) =>
      row === undefined ? [] : layers.map((layer) => ({ ...row, layer })),
    );

  it('is a value of its own', async () => {
    await commit(agreement([null, 0, 1]));
    const stored = await readStore({ db }, async (connection) =>
      (
        await connection.runAndReadAll('SELECT layer FROM effect_agreement ORDER BY layer NULLS FIRST')
      ).getRowsJS(),
    );
    expect(stored).toEqual([[null], [0], [1]]);
    expect(await commit(agreement([1, null, 0]))).toMatchObject({ unchanged: { length: 9 } });
  });

  it('is found twice', async () => {
    await expect(commit(agreement([null, 0, null]))).rejects.toThrow(
      /effect_agreement have the key .* null$/,
    );
    const twice = changed('component_effects', (rows) => [
      ...rows,
      ...rows.filter(({ head }) => head === null),
    ]);
    await expect(commit(twice)).rejects.toThrow('mlp | 1 | null | 3');
  });
});

describe('values that cannot be', () => {
  it.each<[string, StepBatch]>([
    [
      'an MLP with a head',
      changed('component_effects', (rows) =>
        rows.filter(({ kind }) => kind === 'mlp').map((row) => ({ ...row, head: 0 })),
      ),
    ],
    [
      'a head without its number',
      changed('component_effects', (rows) =>
        rows.filter(({ layer, head }) => layer === 2 && head === 0).map((row) => ({ ...row, head: null })),
      ),
    ],
    [
      'more infinite pairs than pairs',
      changed('component_effects', (rows) => rows.map((row) => ({ ...row, not_finite: 11 }))),
    ],
    [
      'an E of no finite pair',
      changed('component_effects', (rows) => rows.map((row) => ({ ...row, median_e: 0 }))),
    ],
    [
      'a faithfulness over no prompts',
      changed('faithfulness', (rows) => rows.map((row) => ({ ...row, n: 0 }))),
    ],
    [
      'an accuracy without its count',
      changed('prompt_knockouts', (rows) => rows.map((row) => ({ ...row, correct: null }))),
    ],
  ])('%s', async (_name, batch) => {
    await expect(commit(batch)).rejects.toThrow('CHECK constraint failed');
  });
});
