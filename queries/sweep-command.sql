-- question: With which settings would a sweep measure the same again?
-- grain: one row per suite
-- note: A setting is null where the measured configurations differ in it or none has it, so that the default serves.
-- param suite text? = null of suites.suite : suite; null: all
-- column suite text : suite
-- column measures text : measures, separated by commas
-- column operators text : operators, separated by commas
-- column presets text : presets of heuristics, separated by commas; null when none
-- column threshold double : least score of a match
-- column largest_base_rate double : heuristics above this base rate are left out
-- column max_operand int : operands are 0 .. max_operand - 1
-- column first_layer int : first classified layer, from 0
-- column prompt_set text : prompts that analysis sets are drawn from
-- column min_prompts int : fewest prompts to measure on
-- column seed int : seed of analysis sets, ties and chance
-- column engine text : compute engine of the latest unit

WITH used AS (
  SELECT latest.suite, configurations.*, units.engine, units.started_at
  FROM latest_units AS latest
  JOIN configurations USING (configuration_id)
  JOIN units USING (unit_id)
  WHERE $suite IS NULL OR latest.suite = $suite
),
measured AS (
  SELECT unit_id, operator FROM accuracy
  UNION
  SELECT unit_id, operator FROM neurons
),
operators AS (
  SELECT suite, string_agg(DISTINCT operator, ',' ORDER BY strpos('+-*/', operator)) AS operators
  FROM latest_units
  JOIN measured USING (unit_id)
  GROUP BY suite
),
summed AS (
  SELECT suite,
    string_agg(DISTINCT measure, ',' ORDER BY measure) AS measures,
    string_agg(DISTINCT preset, ',' ORDER BY preset) AS presets,
    CASE WHEN count(DISTINCT threshold) = 1 THEN min(threshold) END AS threshold,
    CASE WHEN count(DISTINCT largest_base_rate) = 1
      AND count(*) FILTER (measure = 'classification' AND largest_base_rate IS NULL) = 0
      THEN min(largest_base_rate) END AS largest_base_rate,
    CASE WHEN count(DISTINCT max_operand) = 1 THEN min(max_operand) END AS max_operand,
    CASE WHEN count(DISTINCT heuristic_layers_from) = 1 THEN min(heuristic_layers_from) END AS first_layer,
    CASE WHEN count(DISTINCT prompt_set) FILTER (measure = 'accuracy') = 1
      THEN min(prompt_set) FILTER (measure = 'accuracy') END AS prompt_set,
    CASE WHEN count(DISTINCT min_prompts) = 1 THEN min(min_prompts) END AS min_prompts,
    CASE WHEN count(DISTINCT coalesce(analysis_seed, null_seed)) = 1
      THEN min(coalesce(analysis_seed, null_seed)) END AS seed,
    arg_max(engine, started_at) AS engine
  FROM used
  GROUP BY suite
)
SELECT suite, measures, operators, presets, threshold, largest_base_rate, max_operand, first_layer, prompt_set,
  min_prompts, seed, engine
FROM summed
LEFT JOIN operators USING (suite)
ORDER BY suite
