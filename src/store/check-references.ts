import type { DuckDBConnection } from '@duckdb/node-api';

/**
 * Rows that a unit refers to must be there: one statement per reference, which finds the dangling ones. Knock-outs name
 * heuristics of a classification, which has another configuration and may be stored later: they are not looked up.
 */
const REFERENCES = [
  {
    to: 'configurations',
    sql: 'SELECT unit_id FROM units ANTI JOIN configurations USING (configuration_id, measure) WHERE unit_id = $unit',
  },
  {
    to: 'suites and checkpoints',
    sql: `SELECT unit_id FROM units ANTI JOIN (checkpoints SEMI JOIN suites USING (suite)) USING (suite, seed, step, weights_hash, tokenizer_hash)
          WHERE unit_id = $unit AND state = 'done'`,
  },
  {
    to: 'heuristics (with their target and family)',
    sql: `SELECT unit_id FROM neuron_heuristics JOIN units USING (unit_id)
          ANTI JOIN heuristics USING (configuration_id, operator, heuristic, target, family) WHERE unit_id = $unit LIMIT 1`,
  },
];

/** @throws Error when a stored unit refers to rows that are not stored */
export async function checkReferences(connection: DuckDBConnection, unitId: string): Promise<void> {
  for (const { to, sql } of REFERENCES) {
    const dangling = await connection.runAndReadAll(sql, { unit: unitId });
    if (dangling.currentRowCount > 0) throw new Error(`unit ${unitId} refers to rows missing from ${to}`);
  }
}
