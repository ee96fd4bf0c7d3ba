import type { DuckDBConnection } from '@duckdb/node-api';
import { literal } from './schema/ddl.js';

/**
 * Rows that a unit refers to must be there: one statement per reference, which finds the dangling ones among `given`.
 * Knock-outs name heuristics of a classification, which has another configuration and may be stored later: they are not
 * looked up.
 */
const REFERENCES = [
  {
    to: 'configurations',
    sql: 'SELECT unit_id FROM given ANTI JOIN configurations USING (configuration_id, measure)',
  },
  {
    to: 'suites and checkpoints',
    sql: `SELECT unit_id FROM given ANTI JOIN (checkpoints SEMI JOIN suites USING (suite)) USING (suite, seed, step, weights_hash, tokenizer_hash)
          WHERE state = 'done'`,
  },
  {
    to: 'heuristics (with their target and family)',
    sql: `SELECT unit_id FROM neuron_heuristics JOIN given USING (unit_id)
          ANTI JOIN heuristics USING (configuration_id, operator, heuristic, target, family)`,
  },
];

/** @throws Error when one of these stored units refers to rows that are not stored */
export async function checkReferences(
  connection: DuckDBConnection,
  unitIds: readonly string[],
): Promise<void> {
  if (unitIds.length === 0) return;
  const given = `WITH given AS (SELECT * FROM units WHERE unit_id IN (${unitIds.map(literal).join(', ')}))`;
  for (const { to, sql } of REFERENCES) {
    const dangling = await connection.runAndReadAll(`${given} ${sql} LIMIT 1`);
    const unitId = dangling.getRowsJS()[0]?.[0];
    if (typeof unitId === 'string') throw new Error(`unit ${unitId} refers to rows missing from ${to}`);
  }
}
