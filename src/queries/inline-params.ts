import type { ParamType, ParamValue, QueryDefinition } from './header.js';

const SQL_TYPE: Record<ParamType, string> = { text: 'VARCHAR', int: 'INTEGER', double: 'DOUBLE' };
/** Text in quotes and comments, which hold no parameters, or a parameter. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[^]*?\*\/|\$([a-z]\w*)/g;

function literal(value: ParamValue, type: ParamType): string {
  if (value === null) return `NULL::${SQL_TYPE[type]}`;
  if (typeof value === 'number') return `(${value})::${SQL_TYPE[type]}`;
  return `'${value.replaceAll("'", "''")}'`;
}

/**
 * The statement of a query with its parameters written in, so that it runs as it is in any DuckDB.
 * @param values of all parameters, as `typedParams` gives them
 */
export const inlineParams = (
  { sql, params }: Pick<QueryDefinition, 'sql' | 'params'>,
  values: Readonly<Record<string, ParamValue>>,
): string =>
  sql.replace(TOKEN, (text: string, name: string | undefined) => {
    const param = params.find((each) => each.name === name);
    return param === undefined ? text : literal(values[param.name] ?? null, param.type);
  });
