-- question: Which layer yields the answer best to a linear probe at the end, and from which step on does a layer beat chance?
-- grain: one row per suite, seed and operator
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param position int = 4 of probe_accuracy.position : token position, from 0; 4: the last
-- column suite text : suite
-- column seed int : training seed
-- column operator text : arithmetic operator
-- column name text : the operator in words
-- column step int : last measured step
-- column layer int : layer read best at it, from 0
-- column test_accuracy double : share of test prompts read right there
-- column majority double : chance: the most frequent answer
-- column above_from int : first step from which on the best layer is above chance, interval and all; null when it is not at the end
-- column above boolean : true when it is at the end

WITH probes AS (
  SELECT suite, seed, step, operator, layer, test_accuracy, majority,
    (test_accuracy + 1.96 ** 2 / (2 * n_test) - 1.96 * sqrt(
      test_accuracy * (1 - test_accuracy) / n_test + 1.96 ** 2 / (4 * n_test ** 2)
    )) / (1 + 1.96 ** 2 / n_test) AS ci_low
  FROM latest_units
  JOIN probe_accuracy USING (unit_id, suite, seed, step)
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND position = $position
    AND null_reason IS NULL
),
best AS (
  SELECT *, ci_low > majority AS is_above
  FROM probes
  QUALIFY row_number() OVER (
    PARTITION BY suite, seed, step, operator ORDER BY test_accuracy DESC, layer
  ) = 1
),
kept AS (
  SELECT *, bool_and(is_above) OVER (PARTITION BY suite, seed, operator ORDER BY step DESC) AS above_since
  FROM best
)
SELECT suite, seed, operator,
  CASE operator WHEN '+' THEN 'addition' WHEN '-' THEN 'subtraction' WHEN '*' THEN 'multiplication' ELSE 'division' END AS name,
  max(step) AS step,
  arg_max(layer, step) AS layer,
  arg_max(test_accuracy, step) AS test_accuracy,
  arg_max(majority, step) AS majority,
  min(step) FILTER (above_since) AS above_from,
  coalesce(bool_or(above_since), false) AS above
FROM kept
GROUP BY suite, seed, operator
ORDER BY suite, seed, above_from NULLS LAST, strpos('+-*/', operator)
