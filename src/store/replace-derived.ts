import { transaction, writeStore, type WriteParams } from './database.js';
import { encodeTable } from './encode-batch.js';
import { appendRows } from './append.js';
import { DERIVED_NAMES, type DerivedName, type RowOf } from './schema/tables.js';

/** Rows of the derived tables, all of one suite. */
export type DerivedRows = { readonly [Name in DerivedName]: readonly RowOf<Name>[] };

/**
 * Puts what was derived from a suite's facts in place of what was derived before, in one transaction. The database must
 * exist: it is what the rows were derived from.
 * @throws TypeError on a field that its column does not allow, Error on a double key; as `writeStore`
 */
export async function replaceDerived({
  suite,
  rows,
  ...write
}: WriteParams & { readonly suite: string; readonly rows: DerivedRows }): Promise<void> {
  const encoded = DERIVED_NAMES.map((name) => encodeTable(name, rows[name]));
  await writeStore(write, (connection) =>
    transaction(connection, async () => {
      for (const { table, definition, rows: fresh } of encoded) {
        await connection.run(`DELETE FROM ${table} WHERE suite = $suite`, { suite });
        await appendRows(connection, table, definition.columns, fresh);
      }
    }),
  );
}
