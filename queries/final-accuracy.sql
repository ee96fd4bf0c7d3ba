-- question: How well does the trained model calculate, on prompts it was not trained on and on those that are not trivial?
-- grain: one row per suite, seed and operator: its last measured step
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- column suite text : suite
-- column seed int : training seed
-- column operator text : arithmetic operator
-- column name text : the operator in words
-- column step int : last measured step
-- column last_step int : latest of these steps over the operators
-- column earlier_step int : step, where it lies before that; null elsewhere
-- column n int : prompts of the operator
-- column accuracy double : share of all prompts answered correctly
-- column ci_low double : lower end of its Wilson 95 % interval, share
-- column ci_high double : upper end of its Wilson 95 % interval, share
-- column train double : accuracy on the prompts trained on; null when the suite states no split
-- column held_out double : accuracy on the prompts held out of training; null when the suite states no split
-- column held_out_n int : prompts held out
-- column gap double : train - held_out, share
-- column non_trivial double : accuracy without the trivial prompts; null when not measured
-- column non_trivial_n int : prompts that are not trivial
-- column trivial_gain double : accuracy - non_trivial, share: what trivial prompts add
-- column has_split boolean : true when held-out accuracy is known
-- column has_non_trivial boolean : true when the accuracy without trivial prompts is known

WITH measured AS (
  SELECT suite, seed, step, operator, prompt_set, n, accuracy, ci_low, ci_high
  FROM latest_units
  JOIN accuracy USING (unit_id, suite, seed, step)
  WHERE accuracy IS NOT NULL
    AND ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
),
final AS (
  SELECT *
  FROM measured
  QUALIFY step = max(step) FILTER (prompt_set = 'universe') OVER (PARTITION BY suite, seed, operator)
),
side_by_side AS (
  SELECT suite, seed, operator, step,
    max(n) FILTER (prompt_set = 'universe') AS n,
    max(accuracy) FILTER (prompt_set = 'universe') AS accuracy,
    max(ci_low) FILTER (prompt_set = 'universe') AS ci_low,
    max(ci_high) FILTER (prompt_set = 'universe') AS ci_high,
    max(accuracy) FILTER (prompt_set = 'train') AS train,
    max(accuracy) FILTER (prompt_set = 'held_out') AS held_out,
    max(n) FILTER (prompt_set = 'held_out') AS held_out_n,
    max(accuracy) FILTER (prompt_set = 'non_trivial') AS non_trivial,
    max(n) FILTER (prompt_set = 'non_trivial') AS non_trivial_n
  FROM final
  GROUP BY ALL
)
SELECT suite, seed, operator,
  CASE operator WHEN '+' THEN 'addition' WHEN '-' THEN 'subtraction' WHEN '*' THEN 'multiplication'
    ELSE 'division' END AS name,
  step,
  max(step) OVER (PARTITION BY suite, seed) AS last_step,
  nullif(step, max(step) OVER (PARTITION BY suite, seed)) AS earlier_step,
  n, accuracy, ci_low, ci_high, train, held_out, held_out_n,
  train - held_out AS gap,
  non_trivial, non_trivial_n,
  accuracy - non_trivial AS trivial_gain,
  held_out IS NOT NULL AS has_split,
  non_trivial IS NOT NULL AS has_non_trivial
FROM side_by_side
ORDER BY suite, seed, strpos('+-*/', operator)
