import { loadQuery } from '../../src/queries/library.js';
import type { GivenParams } from '../../src/queries/params.js';
import { runQuery } from '../../src/queries/run-query.js';
import type { DatabaseName } from './databases.js';

/** Asks for rows of a query on a database, with the columns named. */
export const answerOn =
  (database: (name: DatabaseName) => Promise<string>) =>
  async (
    name: string,
    params: GivenParams,
    columns: string,
    on: DatabaseName = 'example',
  ): Promise<unknown[][]> => {
    const result = await runQuery({ db: await database(on), query: loadQuery({ name }), params });
    const places = columns
      .split(' ')
      .map((column) => result.columns.findIndex((each) => each.name === column));
    return result.rows.map((row) => places.map((place) => row[place]));
  };
