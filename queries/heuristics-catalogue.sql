-- question: Which heuristics were neurons compared with, and how often would each hold by itself?
-- grain: one row per suite, preset, configuration, operator and heuristic
-- param suite text? = null of suites.suite : suite; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = null of neurons.operator : one of + - * /; null: all
-- param target text? = null of heuristics.target : op1, op2, operands or result; null: all
-- param family text? = null of heuristics.family : kind of heuristics; null: all
-- column suite text : suite
-- column preset text : preset of heuristics
-- column configuration_id text : configuration of the measure
-- column operator text : arithmetic operator
-- column heuristic text : key of the heuristic
-- column target text : what the heuristic speaks of
-- column family text : kind of the heuristic
-- column associated int : prompts of the universe for which it holds
-- column base_rate double : associated as a share of the universe
-- column k int : size of the top set of the map that it is scored on, prompts

WITH used AS (
  SELECT DISTINCT suite, preset, configuration_id
  FROM latest_units
  WHERE measure = 'classification'
)
SELECT suite, preset, configuration_id, operator, heuristic, target, family, associated, base_rate, k
FROM used
JOIN heuristics USING (configuration_id)
WHERE ($suite IS NULL OR suite = $suite)
  AND ($preset IS NULL OR preset = $preset)
  AND ($operator IS NULL OR operator = $operator)
  AND ($target IS NULL OR target = $target)
  AND ($family IS NULL OR family = $family)
ORDER BY suite, preset, configuration_id, strpos('+-*/', operator), target, family, heuristic
