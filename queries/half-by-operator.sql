-- question: Which operator has half of its final heuristics first?
-- grain: one row per suite, seed, preset and operator, the earliest first
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param fraction double = 0.5 : share of the final (heuristic, neuron) pairs asked for, between 0 and 1
-- column suite text : suite
-- column seed int : training seed
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column name text : the operator in words
-- column reference_step int : last measured step
-- column reference_pairs int : (heuristic, neuron) pairs at it
-- column step int : first measured step at which at least this fraction of them is present
-- column reached boolean : true when there is such a step

WITH shared AS (
  SELECT *
  FROM shared_with_reference
  WHERE operator <> 'any'
    AND ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
),
halves AS (
  SELECT suite, seed, preset, operator,
    max(reference_step) AS reference_step,
    max(reference_pairs) AS reference_pairs,
    min(step) FILTER (share >= $fraction) AS step
  FROM shared
  GROUP BY suite, seed, preset, operator
)
SELECT suite, seed, preset, operator,
  CASE operator WHEN '+' THEN 'addition' WHEN '-' THEN 'subtraction' WHEN '*' THEN 'multiplication'
    ELSE 'division' END AS name,
  reference_step, reference_pairs, step,
  step IS NOT NULL AS reached
FROM halves
ORDER BY suite, seed, preset, step NULLS LAST, strpos('+-*/', operator)
