-- question: At which step were the first half of the final heuristics there?
-- grain: one row per suite, seed, preset and operator (any: all together)
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = null of shared_with_reference.operator : one of + - * /, or any for all together; null: all
-- param fraction double = 0.5 : share of the final (heuristic, neuron) pairs asked for, between 0 and 1
-- column suite text : suite
-- column seed int : training seed
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator; any: all together
-- column reference_step int : step of the reference checkpoint: the last measured one
-- column reference_pairs int : (heuristic, neuron) pairs at the reference
-- column step int : first measured step at which at least this fraction of them is present
-- column share double : share of them present at that step
-- column null_reason text : why step is null: the reference has no pairs; null where it is given

WITH shared AS (
  SELECT *
  FROM shared_with_reference
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
    AND ($operator IS NULL OR operator = $operator)
)
SELECT suite, seed, preset, operator,
  max(reference_step) AS reference_step,
  max(reference_pairs) AS reference_pairs,
  min(step) FILTER (share >= $fraction) AS step,
  arg_min(share, step) FILTER (share >= $fraction) AS share,
  CASE WHEN count(share) = 0 THEN max(null_reason) END AS null_reason
FROM shared
GROUP BY suite, seed, preset, operator
ORDER BY suite, seed, preset, strpos('+-*/any', operator)
