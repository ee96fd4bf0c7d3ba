-- question: How far do the seeds of a suite differ at each step?
-- grain: one row per suite, preset (null for accuracy), quantity, operator, family and step measured for two seeds or more
-- param suite text? = null of suites.suite : suite; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param quantity text? = null of seed_levels.quantity : accuracy, classified (above chance), shared_with_reference, faithfulness or knockout_drop; null: all
-- param family text? = 'any' of seed_levels.family : kind of heuristics, for classified; any: over all; null: each
-- column suite text : suite
-- column preset text : preset of heuristics; null for accuracy
-- column quantity text : what is followed
-- column operator text : arithmetic operator
-- column family text : kind of heuristics; any: all
-- column step int : training step (optimiser updates)
-- column tokens bigint : training tokens seen at this step; null when unknown
-- column seeds int : seeds measured at this step
-- column mean double : mean of their values
-- column lowest double : smallest of their values
-- column highest double : largest of their values
-- column sd double : standard deviation of their values, unbiased

SELECT suite, preset, quantity, operator, family, step, max(tokens) AS tokens,
  count(value)::INTEGER AS seeds,
  avg(value) AS mean, min(value) AS lowest, max(value) AS highest, stddev_samp(value) AS sd
FROM seed_levels
WHERE ($suite IS NULL OR suite = $suite)
  AND (preset IS NULL OR $preset IS NULL OR preset = $preset)
  AND ($quantity IS NULL OR quantity = $quantity)
  AND ($family IS NULL OR family = $family)
GROUP BY suite, preset, quantity, operator, family, step
HAVING count(value) > 1
ORDER BY suite, preset, quantity, strpos('+-*/', operator), family, step
