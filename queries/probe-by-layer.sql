-- question: From which layer, and at which position, can the answer be read?
-- grain: one row per suite, seed, step, operator, layer and position
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param operator text? = null of neurons.operator : one of + - * /; null: all
-- param position int? = null of probe_accuracy.position : token position, from 0; null: all
-- param step int? = null of checkpoints.step : training step; null: the last measured one of each operator
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column operator text : arithmetic operator
-- column layer int : transformer block, from 0
-- column position int : token position, from 0
-- column token text : what stands there: op1, operator, op2 or =
-- column classes int : different answers
-- column n_train int : prompts trained on
-- column n_test int : prompts tested on
-- column train_accuracy double : share of the training prompts read right
-- column test_accuracy double : share of the test prompts read right
-- column majority double : share that the most frequent answer of the training gets right: chance
-- column null_reason text : why the values of this row are null; null where measured

WITH probes AS (
  SELECT suite, seed, step, probe_accuracy.* EXCLUDE (unit_id, suite, seed, step)
  FROM latest_units
  JOIN probe_accuracy USING (unit_id, suite, seed, step)
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($operator IS NULL OR operator = $operator)
    AND ($step IS NULL OR step = $step)
    AND ($position IS NULL OR position = $position)
)
SELECT suite, seed, step, operator, layer, position,
  CASE position WHEN 0 THEN 'BOS' WHEN 1 THEN 'op1' WHEN 2 THEN 'operator' WHEN 3 THEN 'op2' ELSE '=' END AS token,
  classes, n_train, n_test, train_accuracy, test_accuracy, majority, null_reason
FROM probes
QUALIFY step = coalesce(
  max(step) FILTER (null_reason IS NULL) OVER (PARTITION BY suite, seed, operator),
  max(step) OVER (PARTITION BY suite, seed, operator)
)
ORDER BY suite, seed, strpos('+-*/', operator), layer, position
