import { readStore } from '../store/database.js';
import { formatResult } from './format.js';
import type { QueryDefinition } from './header.js';
import { bindings, typedParams } from './params.js';
import type { QueryParams } from './run-query.js';

const text = (name: string): { readonly name: string; readonly type: string } => ({ name, type: 'VARCHAR' });

const table = (names: readonly string[], rows: readonly (readonly string[])[]): string =>
  formatResult({ result: { columns: names.map(text), rows }, format: 'table' }).replaceAll(/^/gm, '  ');

/**
 * What a query asks and gives, as its header says, and its SQL.
 * @returns text for a terminal, without a final line break
 */
export function explainQuery(query: QueryDefinition): string {
  const { name, question, grain, note, paper, params, columns, sql } = query;
  const parameters = params.map((param) => [
    param.name,
    param.nullable ? `${param.type} or null` : param.type,
    param.default === undefined ? 'needed' : String(param.default),
    param.description,
  ]);
  return [
    `${name}: ${question}`,
    `Gives ${grain}.${note === undefined ? '' : ` ${note}`}`,
    ...(paper.length === 0 ? [] : [`In the paper: ${paper.join(', ')}.`]),
    `Parameters\n${parameters.length === 0 ? '  none' : table(['name', 'type', 'default', 'meaning'], parameters)}`,
    `Columns\n${table(
      ['name', 'type', 'meaning'],
      columns.map((column) => [column.name, column.type, column.description]),
    )}`,
    `SQL\n${sql.replaceAll(/^(?=.)/gm, '  ')}`,
  ].join('\n\n');
}

/**
 * How DuckDB would run a query, with the values given.
 * @throws UnknownNameError, UsageError for a parameter; NotADatabaseError, DatabaseVersionError, DatabaseLockedError
 */
export async function queryPlan({ query, params = {}, nearest, ...open }: QueryParams): Promise<string> {
  const values = typedParams(query, params, nearest);
  return readStore(open, async (connection) => {
    const plan = await connection.runAndReadAll(`EXPLAIN ${query.sql}`, ...bindings(query, values));
    return plan
      .getRowsJS()
      .map(([, drawn]) => (typeof drawn === 'string' ? drawn.trimEnd() : ''))
      .join('\n');
  });
}
