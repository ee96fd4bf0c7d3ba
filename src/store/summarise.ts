import type { DuckDBConnection } from '@duckdb/node-api';
import { literal } from './schema/ddl.js';
import { DIMENSIONS } from './schema/dimensions.js';
import { SUMMARIES } from './schema/summaries.js';

/** What decides the values of a measure, but for the prompts. */
const SETTINGS = Object.keys(DIMENSIONS.configurations.columns).filter(
  (column) => !['configuration_id', 'prompts_hash'].includes(column),
);

/** Settings of units. */
const scopesOf = (units: string): string => `
INSERT INTO unit_scopes
SELECT unit_id, preset, md5(concat_ws('|', ${SETTINGS.map((column) => `coalesce(${column}::TEXT, '')`).join(', ')})), NULL
FROM units JOIN configurations USING (configuration_id, measure)
WHERE state = 'done' AND unit_id IN (${units})`;

/** Operators of units that have none yet: prompts are stored once, with whichever unit of theirs comes first. */
const OPERATORS_OF = `
WITH open AS (
  SELECT unit_id, suite, prompts_hash FROM units SEMI JOIN (FROM unit_scopes WHERE operators IS NULL) USING (unit_id)
),
asked AS (
  SELECT suite, prompts_hash, string_agg(DISTINCT operator, ',' ORDER BY strpos('+-*/', operator)) AS operators
  FROM prompts SEMI JOIN open USING (suite, prompts_hash)
  GROUP BY suite, prompts_hash
)
UPDATE unit_scopes SET operators = found.operators
FROM (SELECT unit_id, asked.operators FROM open JOIN asked USING (suite, prompts_hash)) AS found
WHERE unit_scopes.unit_id = found.unit_id`;

/** Neurons by what became of them; null where the operator was not measured. */
const CLASSIFIED = `
WITH counted AS (
  SELECT unit_id, operator, count(state) > 0 AS measured, count(*) AS neurons,
    count(*) FILTER (state = 'live') AS live,
    count(*) FILTER (state = 'constant') AS constant,
    count(*) FILTER (n_heuristics > 0) AS classified,
    coalesce(sum(n_heuristics), 0) AS pairs,
    min(null_reason) AS reason
  FROM neurons SEMI JOIN fresh_units USING (unit_id)
  GROUP BY unit_id, operator
)
INSERT INTO classification_counts
SELECT unit_id, operator, neurons,
  CASE WHEN measured THEN live END, CASE WHEN measured THEN constant END, CASE WHEN measured THEN classified END,
  CASE WHEN measured THEN pairs END, CASE WHEN NOT measured THEN reason END
FROM counted`;

/** Neurons with a match, by target, family and heuristic, and over all of each. */
const COUNTS = `
INSERT INTO match_counts
SELECT unit_id, operator, coalesce(target, 'any'), coalesce(family, 'any'), coalesce(heuristic, 'any'),
  count(DISTINCT (layer, neuron))
FROM neuron_heuristics SEMI JOIN fresh_units USING (unit_id)
GROUP BY GROUPING SETS ((unit_id, operator), (unit_id, operator, target),
  (unit_id, operator, family), (unit_id, operator, target, family), (unit_id, operator, target, family, heuristic))`;

const { key } = SUMMARIES.match_histories;

/** Steps of each match and of each neuron with a match, beside those that are known. */
const HISTORIES = `
MERGE INTO match_histories AS known
USING (
  WITH matches AS (
    SELECT u.suite, u.seed, u.configuration_id, u.measure_version, u.step, m.*
    FROM fresh_units AS u
    JOIN (SELECT unit_id, operator, heuristic, target, family, layer, neuron FROM neuron_heuristics) AS m
      USING (unit_id)
  )
  SELECT suite, seed, configuration_id, measure_version, operator, coalesce(heuristic, 'any') AS heuristic,
    coalesce(target, 'any') AS target, coalesce(family, 'any') AS family, layer, neuron,
    list_sort(list_distinct(list(step))) AS steps
  FROM matches
  GROUP BY GROUPING SETS (
    (suite, seed, configuration_id, measure_version, operator, heuristic, target, family, layer, neuron),
    (suite, seed, configuration_id, measure_version, operator, layer, neuron)
  )
) AS fresh
ON (${key.map((column) => `known.${column} = fresh.${column}`).join(' AND ')})
WHEN MATCHED THEN UPDATE SET steps = list_sort(list_distinct(list_concat(known.steps, fresh.steps)))
WHEN NOT MATCHED THEN INSERT BY NAME`;

/**
 * Brings the summaries up to units that were stored just now, inside the same transaction.
 * @param unitIds units of any measure; of those without matches only the scope counts
 */
export async function summarise(connection: DuckDBConnection, unitIds: readonly string[]): Promise<void> {
  if (unitIds.length === 0) return;
  const listed = unitIds.map(literal).join(', ');
  await connection.run(scopesOf(listed));
  await connection.run(OPERATORS_OF);
  await connection.run(
    `CREATE TEMP TABLE fresh_units AS
     SELECT unit_id, suite, seed, step, configuration_id, measure_version FROM units
     WHERE measure = 'classification' AND unit_id IN (${listed})`,
  );
  await connection.run(CLASSIFIED);
  await connection.run(COUNTS);
  await connection.run(HISTORIES);
  await connection.run('DROP TABLE fresh_units');
}
