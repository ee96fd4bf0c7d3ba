import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { Measure } from '../../src/domain/measure.js';
import type { HeuristicPreset } from '../../src/heuristics/preset.js';
import { loadQuery } from '../../src/queries/library.js';
import type { GivenParams } from '../../src/queries/params.js';
import { runQuery, runSql, type Cell } from '../../src/queries/run-query.js';
import { sweepPlanted } from './planted.js';
import { STEPS } from './planted-neurons.js';

/** The last step, which is the reference. */
export const LAST_STEP = STEPS.at(-1) ?? 0;

export interface PlantedDatabase {
  /** Rows of a statement. */
  readonly rows: (sql: string) => Promise<Cell[][]>;
  /** Some columns of a named query. */
  readonly ask: (name: string, params: GivenParams, ...columns: string[]) => Promise<Cell[][]>;
}

/** Sweeps the planted model into a database before the tests of a file, and removes it after them. */
export function plantedDatabase(options: {
  readonly presets: readonly HeuristicPreset[];
  readonly measures: readonly Measure[];
}): PlantedDatabase {
  let folder: string;
  let db: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'heuristrace-planted-'));
    db = join(folder, 'planted.duckdb');
    await sweepPlanted({ folder, db, ...options });
  }, 60_000);
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  return {
    rows: async (sql) => (await runSql({ db, sql })).rows.map((row) => [...row]),
    ask: async (name, params, ...columns) => {
      const result = await runQuery({ db, query: loadQuery({ name }), params });
      const at = columns.map((column) => result.columns.findIndex((one) => one.name === column));
      return result.rows.map((row) => at.map((i) => row[i] ?? null));
    },
  };
}

/** Rows in one order whatever theirs, so that two lists can be compared. */
export function sortedRows(list: readonly (readonly unknown[])[]): string[] {
  return list.map((row) => JSON.stringify(row)).sort();
}
