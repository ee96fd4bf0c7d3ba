-- question: How do runs differ from the first of them, each compared at the same tokens?
-- grain: one row per other run, preset, quantity, operator, family and checkpoint of the first run that has a counterpart
-- note: The counterpart of a checkpoint of the first run is the checkpoint of the other with the nearest tokens (as a
--   ratio; the earlier of two alike), and must be within the factor. They are told apart when their intervals, or ranges
--   over seeds, do not overlap.
-- param runs text? = null : runs compared, separated by commas, each a suite or suite@seed; null: every suite
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param quantity text? = null of seed_levels.quantity : accuracy, classified, shared_with_reference, faithfulness or knockout_drop; null: all
-- param family text? = 'any' of seed_levels.family : kind of heuristics, for classified; any: over all; null: each
-- param factor double = 1.1 : largest ratio of the tokens of two checkpoints that are compared
-- column first_run text : the run that others are compared with: the first asked
-- column run text : the other run
-- column preset text : preset of heuristics; null for accuracy
-- column quantity text : what is compared
-- column operator text : arithmetic operator
-- column name text : the operator in words
-- column family text : kind of heuristics; any: all
-- column first_step int : step of the first run
-- column first_tokens bigint : training tokens seen at it
-- column step int : step of the other run
-- column tokens bigint : training tokens seen at it
-- column first_value double : value of the first run, mean over its seeds
-- column first_low double : lower end of its interval over prompts or range over seeds; null when there is none
-- column first_high double : upper end of it
-- column value double : value of the other run
-- column low double : lower end of its interval or range
-- column high double : upper end of it
-- column difference double : value - first_value
-- column told_apart boolean : true when the intervals or ranges do not overlap; null unless both have one
-- column is_last boolean : true at the last tokens that both were measured at

WITH asked AS (
  SELECT run, list_position(string_split($runs, ','), run) AS place
  FROM runs
  WHERE CASE WHEN $runs IS NULL THEN run = suite ELSE list_contains(string_split($runs, ','), run) END
  GROUP BY run
),
points AS (
  SELECT t.*
  FROM run_levels AS t
  JOIN asked USING (run)
  WHERE value IS NOT NULL AND tokens IS NOT NULL AND complete
    AND (preset IS NULL OR $preset IS NULL OR preset = $preset)
    AND ($quantity IS NULL OR quantity = $quantity)
    AND ($family IS NULL OR family = $family)
),
pairs AS (
  SELECT a.run AS first_run, b.run, a.preset, a.quantity, a.operator, a.family,
    a.step AS first_step, a.tokens AS first_tokens, b.step, b.tokens,
    a.value AS first_value, coalesce(a.low, a.value) AS first_low, coalesce(a.high, a.value) AS first_high,
    b.value, coalesce(b.low, b.value) AS low, coalesce(b.high, b.value) AS high,
    a.spread AS first_spread, b.spread
  FROM points AS a
  JOIN points AS b
    ON b.preset IS NOT DISTINCT FROM a.preset AND b.quantity = a.quantity AND b.operator = a.operator
    AND b.family = a.family AND greatest(a.tokens, b.tokens) <= $factor * least(a.tokens, b.tokens)
  WHERE a.run = (SELECT run FROM asked ORDER BY place, run LIMIT 1) AND b.run <> a.run
  QUALIFY row_number() OVER (
    PARTITION BY b.run, a.preset, a.quantity, a.operator, a.family, a.step
    ORDER BY greatest(a.tokens, b.tokens) / greatest(least(a.tokens, b.tokens), 1), b.step
  ) = 1
)
SELECT first_run, run, preset, quantity, operator,
  CASE operator WHEN '+' THEN 'addition' WHEN '-' THEN 'subtraction' WHEN '*' THEN 'multiplication'
    ELSE 'division' END AS name,
  family, first_step, first_tokens, step, tokens,
  first_value, CASE WHEN first_spread IS NOT NULL THEN first_low END AS first_low,
  CASE WHEN first_spread IS NOT NULL THEN first_high END AS first_high,
  value, CASE WHEN spread IS NOT NULL THEN low END AS low, CASE WHEN spread IS NOT NULL THEN high END AS high,
  value - first_value AS difference,
  CASE WHEN spread IS NOT NULL AND first_spread IS NOT NULL THEN low > first_high OR high < first_low END AS told_apart,
  first_step = max(first_step) OVER (PARTITION BY run, preset, quantity) AS is_last
FROM pairs
ORDER BY list_position(string_split($runs, ','), run), run, preset, quantity, strpos('+-*/', operator), family, first_step
