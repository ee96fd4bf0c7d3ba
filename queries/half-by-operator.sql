-- question: Which operator has half of its final heuristics first, and before the end?
-- grain: one row per suite, seed, preset and operator, the earliest first
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = null of shared_with_reference.operator : one of + - * /, or any for all together; null: each
-- param fraction double = 0.5 : share of the final (heuristic, neuron) pairs asked for, between 0 and 1
-- column suite text : suite
-- column seed int : training seed
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column name text : the operator in words
-- column reference_step int : last measured step
-- column reference_pairs int : (heuristic, neuron) pairs at it
-- column step int : first measured step at which at least this fraction of them is present
-- column before_the_end boolean : true when that step is before the last measured one, where all are present
-- column several boolean : true when the share is known at several steps: at one, it cannot be told when they came

WITH shared AS (
  SELECT *
  FROM shared_with_reference
  WHERE operator = coalesce($operator, operator) AND ($operator IS NOT NULL OR operator <> 'any')
    AND ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
),
halves AS (
  SELECT suite, seed, preset, operator,
    max(reference_step) AS reference_step,
    max(reference_pairs) AS reference_pairs,
    min(step) FILTER (share >= $fraction) AS step,
    count(share) > 1 AS several
  FROM shared
  GROUP BY suite, seed, preset, operator
)
SELECT suite, seed, preset, operator,
  CASE operator WHEN '+' THEN 'addition' WHEN '-' THEN 'subtraction' WHEN '*' THEN 'multiplication'
    WHEN '/' THEN 'division' ELSE 'all operators' END AS name,
  reference_step, reference_pairs, step,
  coalesce(step < reference_step, false) AS before_the_end,
  several
FROM halves
ORDER BY suite, seed, preset, step NULLS LAST, strpos('+-*/any', operator)
