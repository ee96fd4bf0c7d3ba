import type { TableName } from './tables.js';

/** Results that this version of the schema or a later one wrote can be read. */
export const OLDEST_READ = 2;

/** A column that results of earlier versions of the schema have not. */
interface AddedColumn {
  /** First version of the schema with the column. */
  readonly since: number;
  readonly table: TableName;
  readonly column: string;
  /** SQL of the value that older rows have. */
  readonly before: string;
}

/**
 * Tables that were added need no word: older results have no rows of them. Nor do columns that were removed
 * (`first_heuristic_layer` of `suites`, in 4): files are read by the names of the columns that there are now.
 */
const ADDED_COLUMNS: readonly AddedColumn[] = [
  { since: 3, table: 'units', column: 'error_kind', before: "CASE state WHEN 'failed' THEN 'unknown' END" },
  { since: 3, table: 'configurations', column: 'map_neurons', before: 'NULL' },
  { since: 3, table: 'configurations', column: 'map_cells', before: 'NULL' },
];

/** SQL of the columns of a table that results of an older version of the schema have not, by name. */
export function columnsSince(version: number, table: TableName): ReadonlyMap<string, string> {
  return new Map(
    ADDED_COLUMNS.filter((added) => added.since > version && added.table === table).map(
      ({ column, before }) => [column, before],
    ),
  );
}
