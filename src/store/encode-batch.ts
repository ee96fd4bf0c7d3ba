import type { DuckDBValue } from '@duckdb/node-api';
import { encodeRows, type Fields } from './append.js';
import type { TableDefinition } from './schema/columns.js';
import {
  DIMENSION_NAMES,
  FACT_MEASURES,
  FACT_NAMES,
  TABLES,
  type DimensionName,
  type FactName,
  type FactOf,
  type RowOf,
  type TableName,
} from './schema/tables.js';

/** One unit of work with all its facts. A failed unit has none. */
export interface UnitBatch {
  readonly unit: RowOf<'units'>;
  readonly facts: { readonly [T in FactName]?: readonly FactOf<T>[] };
}

/** What one step of a sweep stores: all of it or nothing. */
export interface StepBatch {
  /** Rows that the facts refer to; those stored already may be given again or left out. */
  readonly dimensions: { readonly [T in DimensionName]?: readonly RowOf<T>[] };
  readonly units: readonly UnitBatch[];
}

/** Rows of one table in DuckDB's form. */
export interface EncodedTable<T extends TableName = TableName> {
  readonly table: T;
  readonly definition: TableDefinition;
  readonly rows: DuckDBValue[][];
}

export interface EncodedUnit {
  readonly unit: RowOf<'units'>;
  readonly row: EncodedTable<'units'>;
  /** The tables of its measure, also those without a row. */
  readonly facts: readonly EncodedTable<FactName>[];
}

export interface EncodedBatch {
  readonly dimensions: readonly EncodedTable<DimensionName>[];
  readonly units: readonly EncodedUnit[];
}

function encode<T extends TableName>(table: T, rows: readonly Fields[]): EncodedTable<T> {
  const definition: TableDefinition = TABLES[table];
  return { table, definition, rows: encodeRows(table, definition.columns, rows) };
}

/**
 * Rows of a table without an index in DuckDB's form.
 * @throws TypeError on a field that its column does not allow; Error on a double key
 */
export function encodeTable<T extends TableName>(table: T, rows: readonly Fields[]): EncodedTable<T> {
  const encoded = encode(table, rows);
  refuseDoubles(encoded);
  return encoded;
}

/** @throws Error when two rows have one key, null in it being a value: the tables of facts have no index to find that. */
function refuseDoubles({ table, definition, rows }: EncodedTable): void {
  const names = Object.keys(definition.columns);
  const positions = definition.key.map((name) => names.indexOf(name));
  const seen = new Set<string>();
  for (const row of rows) {
    const key = positions.map((position) => String(row[position])).join(' | ');
    if (seen.has(key)) throw new Error(`two rows of ${table} have the key ${key}`);
    seen.add(key);
  }
}

/** @throws Error when a neuron's n_heuristics is not the number of its rows in neuron_heuristics. */
function checkCounts({ unit, facts }: UnitBatch): void {
  const counts = new Map<string, number>();
  const keyOf = (row: { operator: string; layer: number; neuron: number }): string =>
    `${row.operator} layer ${row.layer} neuron ${row.neuron}`;
  for (const match of facts.neuron_heuristics ?? [])
    counts.set(keyOf(match), (counts.get(keyOf(match)) ?? 0) + 1);
  for (const row of facts.neurons ?? []) {
    const found = counts.get(keyOf(row)) ?? 0;
    if (found !== (row.n_heuristics ?? 0))
      throw new Error(
        `unit ${unit.unit_id}: ${keyOf(row)} has ${row.n_heuristics ?? 'no'} heuristics, but ${found} rows in neuron_heuristics`,
      );
    counts.delete(keyOf(row));
  }
  for (const key of counts.keys())
    throw new Error(`unit ${unit.unit_id}: ${key} has heuristics but no row in neurons`);
}

/** @throws Error on facts of a failed unit, or of another measure: views find facts by the measure of their unit. */
function checkMeasure({ unit, facts }: UnitBatch): void {
  for (const table of FACT_NAMES) {
    if ((facts[table] ?? []).length === 0) continue;
    if (unit.state === 'failed') throw new Error(`unit ${unit.unit_id} failed but has facts`);
    if (FACT_MEASURES[table] !== unit.measure)
      throw new Error(
        `unit ${unit.unit_id} of ${unit.measure} has rows of ${table}, which is of ${FACT_MEASURES[table]}`,
      );
  }
}

/**
 * Checks a batch and gives its rows in DuckDB's form. Needs no database, so it is done before one is opened.
 * @throws TypeError on a field that its column does not allow; Error on a double key, on facts of a failed unit
 * or of another measure, or on neurons that disagree with their heuristics. Each is a fault of the caller.
 */
export function encodeBatch({ dimensions, units }: StepBatch): EncodedBatch {
  const batch = {
    dimensions: DIMENSION_NAMES.map((table) => encode(table, dimensions[table] ?? [])),
    units: units.map((given) => {
      const { unit, facts } = given;
      const { unit_id, suite, seed, step } = unit;
      checkMeasure(given);
      checkCounts(given);
      return {
        unit,
        row: encode('units', [unit]),
        facts: FACT_NAMES.filter((table) => FACT_MEASURES[table] === unit.measure).map((table) =>
          encode(
            table,
            (facts[table] ?? []).map((fact) => ({ ...fact, unit_id, suite, seed, step })),
          ),
        ),
      };
    }),
  };
  for (const table of batch.dimensions) refuseDoubles(table);
  for (const unit of batch.units) for (const table of unit.facts) refuseDoubles(table);
  refuseDoubles(
    encode(
      'units',
      units.map(({ unit }) => unit),
    ),
  );
  return batch;
}
