import { loadQuery } from './library.js';
import type { GivenParams } from './params.js';
import { runQuery, type Cell, type QueryResult } from './run-query.js';

/** A row of a result, its values by column. */
export type Row = Readonly<Record<string, Cell>>;

/** The rows of a result by column. */
export const recordsOf = ({ columns, rows }: Pick<QueryResult, 'columns' | 'rows'>): Row[] =>
  rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i] ?? null])));

/** Rows of a named query by column. @throws what `runQuery` throws; UnknownNameError for a query that there is not */
export const askRecords = async (db: string, name: string, params: GivenParams): Promise<Row[]> =>
  recordsOf(await runQuery({ db, query: loadQuery({ name }), params }));
