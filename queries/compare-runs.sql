-- question: Which runs are compared, and what is known of each?
-- grain: one row per run, in the order asked
-- param runs text? = null : runs compared, separated by commas, each a suite or suite@seed; null: every suite
-- column run text : name: suite, or suite@seed
-- column suite text : suite
-- column seeds int : training seeds of the run in the database
-- column seed_names text : these seeds, separated by commas
-- column several_seeds boolean : true when there is more than one
-- column architecture text : model class
-- column source text : repository or folder of the checkpoints
-- column n_layers int : transformer blocks
-- column d_model int : width of the residual stream
-- column d_mlp int : neurons per MLP
-- column operators text : operators measured, separated by commas
-- column presets text : presets of heuristics classified, separated by commas
-- column checkpoints int : measured checkpoints, over all its seeds
-- column first_step int : first measured step
-- column last_step int : last measured step
-- column last_tokens bigint : training tokens seen at the last step; null when unknown
-- column measured boolean : true when there is a finished unit
-- column not_measured boolean : true when there is none
-- column tokens_unknown boolean : true when measured, but the tokens of its steps are not known

WITH asked AS (
  SELECT run, suite, seed
  FROM runs
  WHERE CASE WHEN $runs IS NULL THEN run = suite ELSE list_contains(string_split($runs, ','), run) END
),
done AS (
  SELECT run, seed, step, tokens, preset, unit_id
  FROM asked JOIN latest_units USING (suite, seed)
),
operators AS (
  SELECT run, string_agg(DISTINCT operator, ', ' ORDER BY strpos('+-*/', operator)) AS operators
  FROM done
  JOIN (SELECT unit_id, operator FROM accuracy UNION SELECT unit_id, operator FROM neurons) USING (unit_id)
  GROUP BY run
),
measured AS (
  SELECT run,
    string_agg(DISTINCT preset, ', ' ORDER BY preset) AS presets,
    count(DISTINCT (seed, step)) AS checkpoints,
    min(step) AS first_step, max(step) AS last_step, arg_max(tokens, step) AS last_tokens,
    count(*) > count(tokens) AS tokens_unknown
  FROM done
  GROUP BY run
),
named AS (
  SELECT run, any_value(suite) AS suite, count(DISTINCT seed) AS seeds,
    string_agg(seed::TEXT, ', ' ORDER BY seed) AS seed_names
  FROM asked
  GROUP BY run
)
SELECT run, suite, seeds::INTEGER AS seeds, seed_names, seeds > 1 AS several_seeds,
  architecture, source, n_layers, d_model, d_mlp, operators, presets,
  coalesce(checkpoints, 0)::INTEGER AS checkpoints,
  first_step, last_step, last_tokens,
  checkpoints IS NOT NULL AS measured,
  checkpoints IS NULL AS not_measured,
  coalesce(tokens_unknown, false) AS tokens_unknown
FROM named
LEFT JOIN suites USING (suite)
LEFT JOIN operators USING (run)
LEFT JOIN measured USING (run)
ORDER BY list_position(string_split($runs, ','), run), run
