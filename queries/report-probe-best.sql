-- question: Which layer yields the answer best to a linear probe at the end, and from which step on does a layer beat chance?
-- grain: one row per suite, seed and operator
-- note: Better than chance: the share read right exceeds that of the most frequent answer of the training prompts by more than
--   chance explains in both, 95 % over all layers together (Bonferroni): each share with one success and one failure added
--   (Agresti and Caffo 2000), normal quantile by Abramowitz and Stegun 26.2.23.
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param position int = 4 of probe_accuracy.position : token position, from 0; 4: the last
-- column suite text : suite
-- column seed int : training seed
-- column operator text : arithmetic operator
-- column name text : the operator in words
-- column step int : last measured step
-- column last_step int : latest of these steps over the operators
-- column earlier_step int : step, where it lies before that; null elsewhere
-- column layer int : layer read best at it, from 0
-- column test_accuracy double : share of test prompts read right there
-- column majority double : chance: the most frequent answer
-- column above_from int : first step from which on the best layer is better than chance; null when it is not at the end
-- column above boolean : true when it is at the end

WITH probes AS (
  SELECT suite, seed, step, operator, layer, test_accuracy, majority,
    (test_accuracy * n_test + 1) / (n_test + 2) AS p,
    (majority * n_test + 1) / (n_test + 2) AS q,
    n_test + 2 AS n,
    sqrt(-2 * ln(0.025 / count(*) OVER (PARTITION BY suite, seed, step, operator))) AS t
  FROM latest_units
  JOIN probe_accuracy USING (unit_id, suite, seed, step)
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND position = $position
    AND null_reason IS NULL
),
best AS (
  SELECT *,
    t - (2.515517 + 0.802853 * t + 0.010328 * t ** 2) / (1 + 1.432788 * t + 0.189269 * t ** 2 + 0.001308 * t ** 3) AS z,
    p - q > z * sqrt((p * (1 - p) + q * (1 - q)) / n) AS is_above
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
  max(max(step)) OVER (PARTITION BY suite, seed) AS last_step,
  nullif(max(step), max(max(step)) OVER (PARTITION BY suite, seed)) AS earlier_step,
  arg_max(layer, step) AS layer,
  arg_max(test_accuracy, step) AS test_accuracy,
  arg_max(majority, step) AS majority,
  min(step) FILTER (above_since) AS above_from,
  coalesce(bool_or(above_since), false) AS above
FROM kept
GROUP BY suite, seed, operator
ORDER BY suite, seed, above_from NULLS LAST, strpos('+-*/', operator)
