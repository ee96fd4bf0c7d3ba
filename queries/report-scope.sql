-- question: What can be reported: which suites, and of each which seed, preset and steps?
-- grain: one row per suite with at least one finished unit, the one with most of them first
-- note: The main seed is the one with most measured checkpoints, the lowest at equal numbers. The preset is paper where
--   it was measured, else the one measured at most checkpoints.
-- param suite text? = null of suites.suite : suite; null: all
-- column suite text : suite
-- column architecture text : model class
-- column source text : repository or folder of the checkpoints
-- column n_layers int : transformer blocks
-- column d_model int : width of the residual stream
-- column n_heads int : attention heads per block
-- column d_mlp int : neurons per MLP
-- column first_heuristic_layer int : first layer whose neurons are classified with this preset, from 0; null when none was
-- column main_seed int : training seed shown in full
-- column seeds int : training seeds measured
-- column other_seeds int : training seeds beside the main one
-- column several_seeds boolean : true when there is more than one
-- column preset text : preset of heuristics shown; null when none was classified
-- column operators text : operators measured, separated by commas
-- column steps int : measured steps of the main seed
-- column several_steps boolean : true when there is more than one
-- column first_step int : first measured step of the main seed
-- column first_step_after_0 int : first measured step above 0 of the main seed
-- column last_step int : last measured step of the main seed
-- column last_tokens bigint : training tokens seen at the last step; null when unknown
-- column units int : finished units that the views show, over all seeds
-- column last_run timestamp : when the latest of them began, UTC

WITH done AS (
  SELECT *
  FROM latest_units
  WHERE $suite IS NULL OR suite = $suite
),
seeds AS (
  SELECT suite, seed, count(DISTINCT step) AS steps, min(step) AS first_step, max(step) AS last_step,
    min(step) FILTER (step > 0) AS first_step_after_0, arg_max(tokens, step) AS last_tokens
  FROM done
  GROUP BY suite, seed
),
main AS (
  SELECT *
  FROM seeds
  QUALIFY row_number() OVER (PARTITION BY suite ORDER BY steps DESC, seed) = 1
),
presets AS (
  SELECT suite, done.preset, any_value(heuristic_layers_from) AS first_heuristic_layer
  FROM done JOIN configurations USING (configuration_id)
  WHERE done.measure = 'classification'
  GROUP BY suite, done.preset
  QUALIFY row_number() OVER (
    PARTITION BY suite ORDER BY done.preset = 'paper' DESC, count(*) DESC, done.preset
  ) = 1
),
measured AS (
  SELECT suite, unit_id, operator FROM accuracy
  UNION
  SELECT suite, unit_id, operator FROM neurons
),
operators AS (
  SELECT suite, string_agg(DISTINCT operator, ', ' ORDER BY strpos('+-*/', operator)) AS operators
  FROM measured SEMI JOIN done USING (unit_id)
  GROUP BY suite
),
summed AS (
  SELECT suite, count(DISTINCT seed) AS seeds, count(*) AS units, max(started_at) AS last_run
  FROM done
  GROUP BY suite
)
SELECT suite, architecture, source, n_layers, d_model, n_heads, d_mlp, first_heuristic_layer,
  main.seed AS main_seed,
  summed.seeds::INTEGER AS seeds,
  (summed.seeds - 1)::INTEGER AS other_seeds,
  summed.seeds > 1 AS several_seeds,
  presets.preset,
  operators.operators,
  main.steps::INTEGER AS steps,
  main.steps > 1 AS several_steps,
  main.first_step, main.first_step_after_0, main.last_step, main.last_tokens,
  summed.units::INTEGER AS units,
  summed.last_run
FROM summed
JOIN suites USING (suite)
JOIN main USING (suite)
LEFT JOIN presets USING (suite)
LEFT JOIN operators USING (suite)
ORDER BY units DESC, suite
