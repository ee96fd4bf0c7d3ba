-- question: How alike are the heuristics of any two checkpoints?
-- grain: one row per suite, seed, preset, operator and ordered pair of steps, the whole square
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = null of neurons.operator : one of + - * /; null: all
-- column suite text : suite
-- column seed int : training seed
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column step_a int : training step (optimiser updates)
-- column step_b int : training step
-- column shared_pairs int : (heuristic, neuron) pairs present at both
-- column union_pairs int : pairs present at either
-- column pair_iou double : intersection over union of the pairs
-- column shared_neurons int : neurons classified at both
-- column union_neurons int : neurons classified at either
-- column neuron_iou double : intersection over union of the neurons
-- column null_reason text : why the values of this row are null; null where measured

WITH half AS (
  SELECT *
  FROM step_overlap
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
    AND ($operator IS NULL OR operator = $operator)
),
square AS (
  FROM half
  UNION ALL
  SELECT * REPLACE (step_b AS step_a, step_a AS step_b)
  FROM half
  WHERE step_a <> step_b
)
SELECT suite, seed, preset, operator, step_a, step_b, shared_pairs, union_pairs, pair_iou, shared_neurons,
  union_neurons, neuron_iou, null_reason
FROM square
ORDER BY suite, seed, preset, strpos('+-*/', operator), step_a, step_b
