import { DOUBLE, INTEGER, VARCHAR, type DuckDBConnection, type DuckDBType } from '@duckdb/node-api';
import { QueryError } from '../errors/database-errors.js';
import { UnknownNameError, UsageError } from '../errors/errors.js';
import type { Columns } from '../store/schema/columns.js';
import { identifier } from '../store/schema/ddl.js';
import { TABLES } from '../store/schema/tables.js';
import { VIEWS } from '../store/schema/views.js';
import type { ParamType, ParamValue, QueryDefinition, QueryParam } from './header.js';
import type { Nearest } from './library.js';

/** Values by name: as typed on a command line (`'16'`, `'null'`) or as they are (16, null). */
export type GivenParams = Readonly<Record<string, ParamValue>>;

const DUCKDB_TYPE: Record<ParamType, DuckDBType> = { text: VARCHAR, int: INTEGER, double: DOUBLE };
const MAX_INT32 = 2 ** 31 - 1;

function typed({ name, type, nullable, description }: QueryParam, given: ParamValue): ParamValue {
  const absent = given === null || given === 'null';
  if (absent && nullable) return null;
  if (absent) throw new UsageError(`parameter ${name} cannot be null`, `${name}: ${description}.`);
  if (type === 'text') return String(given);
  const value = typeof given === 'number' || given.trim() !== '' ? Number(given) : NaN;
  const whole = Number.isInteger(value) && Math.abs(value) <= MAX_INT32;
  if (type === 'int' ? whole : Number.isFinite(value)) return value;
  throw new UsageError(
    `parameter ${name} must be ${type === 'int' ? 'a whole number' : 'a number'}, got '${given}'`,
    `${name}: ${description}.`,
  );
}

/** Reads values as the query's types; what is not given gets its default. @throws UnknownNameError, UsageError */
export function typedParams(
  query: QueryDefinition,
  given: GivenParams,
  nearest?: Nearest,
): Record<string, ParamValue> {
  const names = query.params.map(({ name }) => name);
  for (const name of Object.keys(given))
    if (!names.includes(name))
      throw new UnknownNameError(`parameter of ${query.name}`, name, names, nearest?.(name, names));
  return Object.fromEntries(
    query.params.map((param) => {
      const value = given[param.name];
      if (value !== undefined) return [param.name, typed(param, value)];
      if (param.default === undefined)
        throw new UsageError(
          `query ${query.name} needs the parameter ${param.name}`,
          `Give --param ${param.name}=VALUE: ${param.description}.`,
        );
      return [param.name, param.default];
    }),
  );
}

/** Values by parameter and their types, as DuckDB's client binds them. */
export function bindings(
  query: QueryDefinition,
  values: Record<string, ParamValue>,
): [Record<string, ParamValue>, Record<string, DuckDBType>] {
  return [values, Object.fromEntries(query.params.map(({ name, type }) => [name, DUCKDB_TYPE[type]]))];
}

const columnsOf = (table: string): Columns | undefined =>
  Object.entries<{ readonly columns: Columns }>({ ...TABLES, ...VIEWS }).find(([name]) => name === table)?.[1]
    .columns;

async function knownValues(
  connection: DuckDBConnection,
  { table, column }: NonNullable<QueryParam['of']>,
): Promise<string[]> {
  const definition = columnsOf(table)?.[column];
  if (definition === undefined)
    throw new QueryError(`no column ${table}.${column}, which a query header names`);
  if (definition.oneOf !== undefined) return [...definition.oneOf];
  const name = identifier(column);
  const rows = await connection.runAndReadAll(
    `SELECT ${name}::TEXT FROM (SELECT DISTINCT ${name} FROM ${identifier(table)}) WHERE ${name} IS NOT NULL ORDER BY ${name}`,
  );
  return rows.getRowsJS().flatMap(([value]) => (typeof value === 'string' ? [value] : []));
}

/**
 * Looks the given values up in the database, so that a misspelt suite is an error and not an empty answer.
 * A database without any value has nothing to compare with.
 * @throws UnknownNameError
 */
export async function checkKnown(
  connection: DuckDBConnection,
  query: QueryDefinition,
  given: GivenParams,
  nearest?: Nearest,
): Promise<void> {
  for (const param of query.params) {
    const value = given[param.name];
    if (param.of === undefined || value === undefined || value === null || value === 'null') continue;
    const known = await knownValues(connection, param.of);
    const text = String(typed(param, value));
    if (known.length > 0 && !known.includes(text))
      throw new UnknownNameError(param.name, text, known, nearest?.(text, known));
  }
}
