import type { Column, TableDefinition } from './columns.js';
import { SUMMARIES } from './summaries.js';
import { DERIVED_NAMES, FACT_NAMES, SCHEMA_VERSION, SUMMARY_NAMES, TABLES, TABLE_NAMES } from './tables.js';
import { VIEWS, VIEW_NAMES } from './views.js';

/** A text as an SQL literal. */
export const literal = (value: string): string => `'${value.replaceAll("'", "''")}'`;
/** A name as an SQL identifier; `commit` and the like are key words. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function columnDdl(name: string, column: Column): string {
  const choices = column.oneOf;
  return [
    identifier(name),
    column.type,
    ...(column.nullable ? [] : ['NOT NULL']),
    ...(choices === undefined ? [] : [`CHECK (${identifier(name)} IN (${choices.map(literal).join(', ')}))`]),
  ].join(' ');
}

/**
 * CREATE TABLE of one definition. Fact tables have no index: at 11 million rows it would outweigh the rows, and
 * since a unit is stored once and whole, `encodeBatch` proves their keys unique. Derived tables have none, since DuckDB
 * refuses a key that the same transaction deletes; `replaceDerived` proves theirs. Summaries have none for their size.
 */
function tableDdl(name: string, table: TableDefinition, indexed: boolean): string {
  const lines = [
    ...Object.entries(table.columns).map(([column, definition]) => columnDdl(column, definition)),
    ...(indexed ? [`PRIMARY KEY (${table.key.map(identifier).join(', ')})`] : []),
    ...table.checks.map((check) => `CHECK (${check})`),
  ];
  return `CREATE TABLE ${identifier(name)} (\n  ${lines.join(',\n  ')}\n)`;
}

function comments(
  kind: 'TABLE' | 'VIEW',
  name: string,
  comment: string,
  columns: Record<string, Column>,
): string[] {
  return [
    `COMMENT ON ${kind} ${identifier(name)} IS ${literal(comment)}`,
    ...Object.entries(columns).map(
      ([column, { comment: text }]) =>
        `COMMENT ON COLUMN ${identifier(name)}.${identifier(column)} IS ${literal(text)}`,
    ),
  ];
}

/** Statements that make an empty database of this schema, to run in one transaction. */
export function schemaDdl(programVersion: string): string[] {
  const unindexed: readonly string[] = [...FACT_NAMES, ...DERIVED_NAMES];
  const made = (name: string, definition: TableDefinition, indexed: boolean): string[] => [
    tableDdl(name, definition, indexed),
    ...comments('TABLE', name, definition.comment, definition.columns),
  ];
  return [
    ...TABLE_NAMES.flatMap((name) => made(name, TABLES[name], !unindexed.includes(name))),
    ...SUMMARY_NAMES.flatMap((name) => made(name, SUMMARIES[name], false)),
    ...VIEW_NAMES.flatMap((name) => [
      `CREATE VIEW ${identifier(name)} AS ${VIEWS[name].sql}`,
      ...comments('VIEW', name, VIEWS[name].comment, VIEWS[name].columns),
    ]),
    `INSERT INTO schema_info VALUES (${SCHEMA_VERSION}, ${literal(programVersion)})`,
  ];
}
