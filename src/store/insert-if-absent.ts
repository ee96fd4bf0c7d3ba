import type { DuckDBConnection } from '@duckdb/node-api';
import { DimensionConflictError } from './conflict.js';
import type { TableDefinition } from './schema/columns.js';
import { identifier } from './schema/ddl.js';
import { TABLES, type DimensionName } from './schema/tables.js';

/**
 * Inserts the rows whose key is not stored yet.
 * @param params.fresh table with the rows, of the same columns
 * @throws DimensionConflictError when a row with one of these keys is stored with other values in decisive columns
 */
export async function insertIfAbsent(
  connection: DuckDBConnection,
  { table, fresh }: { readonly table: DimensionName; readonly fresh: string },
): Promise<void> {
  const definition: TableDefinition = TABLES[table];
  const columns = Object.keys(definition.columns);
  const { decisive = columns } = definition;
  const key = definition.key.map(identifier).join(', ');
  const differing = await connection.runAndReadAll(
    `SELECT ${columns.map((name) => `f.${identifier(name)}::TEXT, s.${identifier(name)}::TEXT`).join(', ')}
     FROM ${fresh} AS f JOIN ${table} AS s USING (${key})
     WHERE ${decisive.map((name) => `f.${identifier(name)} IS DISTINCT FROM s.${identifier(name)}`).join(' OR ')}
     LIMIT 1`,
  );
  const conflict = differing.getRowsJS()[0];
  if (conflict !== undefined) {
    const shown = (i: number): string => (typeof conflict[i] === 'string' ? conflict[i] : 'null');
    const pair = (i: number): [string, string] => [shown(2 * i), shown(2 * i + 1)];
    throw new DimensionConflictError(
      table,
      definition.key.map((name) => `${name} ${pair(columns.indexOf(name))[0]}`).join(', '),
      columns.flatMap((name, i) => {
        const [now, before] = pair(i);
        return now === before || !decisive.includes(name) ? [] : [`${name} is ${now}, was ${before}`];
      }),
    );
  }
  await connection.run(`INSERT INTO ${table} SELECT * FROM ${fresh} ANTI JOIN ${table} USING (${key})`);
}
