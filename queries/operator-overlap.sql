-- question: How far do two operators use the same neurons?
-- grain: one row per suite, seed, step, preset and pair of operators
-- paper: Fig. 15
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = null of neurons.operator : pairs with this operator; null: all pairs
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column preset text : preset of heuristics
-- column operator_a text : first operator of the pair
-- column operator_b text : second operator of the pair
-- column shared_neurons int : neurons classified for both
-- column union_neurons int : neurons classified for at least one
-- column iou double : shared_neurons / union_neurons
-- column null_reason text : why the values of this row are null; null where measured

SELECT suite, seed, step, preset, operator_a, operator_b, shared_neurons, union_neurons, iou, null_reason
FROM operator_overlap
WHERE ($suite IS NULL OR suite = $suite)
  AND ($seed IS NULL OR seed = $seed)
  AND ($preset IS NULL OR preset = $preset)
  AND ($operator IS NULL OR $operator IN (operator_a, operator_b))
ORDER BY suite, seed, preset, strpos('+-*/', operator_a), strpos('+-*/', operator_b), step
