import { appendRows } from '../../src/store/append.js';
import { checkReferences } from '../../src/store/check-references.js';
import { transaction, writeStore, type WriteParams } from '../../src/store/database.js';
import { encodeBatch, type StepBatch } from '../../src/store/encode-batch.js';
import { insertIfAbsent } from '../../src/store/insert-if-absent.js';
import { summarise } from '../../src/store/summarise.js';

/**
 * Fills a database without a spool between, for tests that only need one: several checkpoints in one batch, or none, do
 * as well. Units must not be stored yet.
 */
export async function commitStep({
  batch,
  ...write
}: WriteParams & { readonly batch: StepBatch }): Promise<void> {
  const { dimensions, units } = encodeBatch(batch);
  await writeStore(write, (connection) =>
    transaction(connection, async () => {
      for (const { table, definition, rows } of dimensions.filter((one) => one.rows.length > 0)) {
        await connection.run(`CREATE TEMP TABLE staged AS SELECT * FROM ${table} LIMIT 0`);
        await appendRows(connection, 'staged', definition.columns, rows);
        await insertIfAbsent(connection, { table, fresh: 'staged' });
        await connection.run('DROP TABLE staged');
      }
      for (const { table, definition, rows } of units.flatMap(({ row, facts }) => [row, ...facts]))
        await appendRows(connection, table, definition.columns, rows);
      const stored = units.map(({ unit }) => unit.unit_id);
      await checkReferences(connection, stored);
      await summarise(connection, stored);
    }),
  );
}
