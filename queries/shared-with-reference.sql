-- question: How much of the final bag of heuristics is there at each step?
-- grain: one row per suite, seed, step, preset and operator (any: all together)
-- paper: Fig. 10a
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = null of shared_with_reference.operator : one of + - * /, or any for all together; null: all
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator; any: all together
-- column reference_step int : step of the reference checkpoint: the last measured one
-- column pairs int : (heuristic, neuron) pairs at this step
-- column shared_pairs int : pairs of the reference present at this step
-- column reference_pairs int : pairs at the reference
-- column share double : shared_pairs / reference_pairs
-- column mean_share_over_heuristics double : the same share, taken per heuristic of the reference, then averaged
-- column null_reason text : why the values of this row are null; null where measured

SELECT suite, seed, step, preset, operator, reference_step, pairs, shared_pairs, reference_pairs, share,
  mean_share_over_heuristics, null_reason
FROM shared_with_reference
WHERE ($suite IS NULL OR suite = $suite)
  AND ($seed IS NULL OR seed = $seed)
  AND ($preset IS NULL OR preset = $preset)
  AND ($operator IS NULL OR operator = $operator)
ORDER BY suite, seed, preset, strpos('+-*/any', operator), step
