import { loadQuery } from '../../src/queries/library.js';
import type { GivenParams } from '../../src/queries/params.js';
import { runQuery, type Cell } from '../../src/queries/run-query.js';

/** The given columns of a query's answer about seed 0, or about the suite where it knows no seed. */
export const answersOf =
  (db: string) =>
  async (name: string, params: GivenParams, columns: string): Promise<Cell[][]> => {
    const query = loadQuery({ name });
    const seed = query.params.some((param) => param.name === 'seed') ? { seed: 0 } : {};
    const result = await runQuery({ db, query, params: { ...seed, ...params } });
    const names = result.columns.map((column) => column.name);
    return result.rows.map((row) => columns.split(' ').map((column) => row[names.indexOf(column)] ?? null));
  };
