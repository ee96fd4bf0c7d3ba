import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readStore } from '../../../src/store/database.js';
import { DIMENSION_NAMES, FACT_NAMES } from '../../../src/store/schema/tables.js';
import { mergeSpools } from '../../../src/store/spool/merge-spools.js';
import type { StepBatch } from '../../../src/store/encode-batch.js';
import { pythonWithHub, runPython } from '../../support/python.js';
import { scratchFolder } from '../../support/scratch.js';
import { exampleStep } from '../example.js';
import { programVersion, spoolAll } from './spools.js';

/** A name with what paths and globs would take for something else. */
const SUITE = "some/one 50% *'é=";

function renamed({ dimensions, units }: StepBatch): StepBatch {
  const there = <T extends { suite: string }>(rows: readonly T[] | undefined): T[] =>
    (rows ?? []).map((row) => ({ ...row, suite: SUITE }));
  const { suites, checkpoints, prompts } = dimensions;
  return {
    dimensions: {
      ...dimensions,
      ...{ suites: there(suites), checkpoints: there(checkpoints), prompts: there(prompts) },
    },
    units: units.map(({ unit, facts }) => ({ unit: { ...unit, suite: SUITE }, facts })),
  };
}

type Row = Readonly<Record<string, unknown>>;

/** Rows as texts to compare as sets: names sorted, only the columns named. */
const texts = (found: readonly Row[], columns: readonly string[]): string[] => [
  ...new Set(found.map((row) => JSON.stringify(columns.map((name) => row[name])))),
];

it('pyarrow reads from a spool what the database holds', async (context) => {
  const python = pythonWithHub(context);
  const [spool, db] = [scratchFolder(), join(scratchFolder(), 'a.duckdb')];
  await spoolAll(spool, [exampleStep(0, 10), exampleStep(0, 100), exampleStep(1, 100)].map(renamed));
  await mergeSpools({ db, spools: [spool], programVersion });
  const read = (await runPython(python, 'read_spool.py', [spool])) as {
    readonly tables: Readonly<Record<string, readonly Row[]>>;
    readonly wrong: readonly string[];
  };
  expect(read.wrong).toEqual([]);
  let compared = 0;
  for (const table of ['units', ...DIMENSION_NAMES, ...FACT_NAMES] as const) {
    const stored = await readStore({ db }, async (connection) =>
      (await connection.runAndReadAll(`SELECT * FROM ${table}`)).getRowObjectsJS(),
    );
    const rows = stored.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          value instanceof Date ? value.toISOString().slice(0, 19) : asNumber(value),
        ]),
      ),
    );
    const columns = Object.keys(rows[0] ?? {});
    expect(texts(read.tables[table] ?? [], columns).sort()).toEqual(texts(rows, columns).sort());
    compared += rows.length;
  }
  expect(compared).toBeGreaterThan(60);
});

const asNumber = (value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value);
