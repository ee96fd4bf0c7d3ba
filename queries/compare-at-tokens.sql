-- question: How do runs differ from the first of them, each compared at the same tokens?
-- grain: one row per other run, preset, quantity, operator, family and checkpoint of the first run that has a counterpart
-- note: The counterpart of a checkpoint of the first run is the checkpoint of the other with the nearest tokens (as a
--   ratio; the earlier of two alike), and must be within the factor. Where both runs have several seeds, the interval of
--   the difference is over seeds (Welch 1947); where both have one, over prompts (square-and-add of their intervals,
--   Newcombe 1998), and another seed may differ; else there is none.
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
-- column value double : value of the other run
-- column difference double : value - first_value
-- column difference_low double : lower end of the 95 % interval of the difference; null when there is none
-- column difference_high double : upper end of it
-- column spread text : what the interval is over: prompts or seeds; null when there is none
-- column told_apart boolean : true when it leaves out 0; null when there is none
-- column overlap boolean : true when it holds 0; null when there is none
-- column no_interval boolean : true when there is none
-- column is_last boolean : true at the last tokens that both were measured at
-- column leads boolean : true in the first row of those of one run

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
    a.value AS first_value, a.value - a.low AS first_below, a.high - a.value AS first_above,
    b.value, b.value - b.low AS below, b.high - b.value AS above,
    CASE WHEN a.spread = b.spread THEN a.spread END AS spread,
    a.sd ** 2 / a.seeds AS first_variance, a.seeds AS first_seeds, b.sd ** 2 / b.seeds AS variance, b.seeds
  FROM points AS a
  JOIN points AS b
    ON b.preset IS NOT DISTINCT FROM a.preset AND b.quantity = a.quantity AND b.operator = a.operator
    AND b.family = a.family AND greatest(a.tokens, b.tokens) <= $factor * least(a.tokens, b.tokens)
  WHERE a.run = (SELECT run FROM asked ORDER BY place, run LIMIT 1) AND b.run <> a.run
  QUALIFY row_number() OVER (
    PARTITION BY b.run, a.preset, a.quantity, a.operator, a.family, a.step
    ORDER BY greatest(a.tokens, b.tokens) / greatest(least(a.tokens, b.tokens), 1), b.step
  ) = 1
),
freedom AS (
  SELECT *, value - first_value AS difference,
    -- Welch's degrees of freedom, rounded down; 1 where no seed differs from another
    coalesce(floor((first_variance + variance) ** 2
      / nullif(first_variance ** 2 / (first_seeds - 1) + variance ** 2 / (seeds - 1), 0)), 1)::INTEGER AS df
  FROM pairs
),
widths AS (
  SELECT *,
    -- 97.5 % quantiles of Student's t for 1 to 30 degrees of freedom
    [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
      2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042][least(df, 30)]
      * sqrt(first_variance + variance) AS half_width
  FROM freedom
),
intervals AS (
  SELECT *,
    CASE spread WHEN 'seeds' THEN difference - half_width
      WHEN 'prompts' THEN difference - sqrt(below ** 2 + first_above ** 2) END AS difference_low,
    CASE spread WHEN 'seeds' THEN difference + half_width
      WHEN 'prompts' THEN difference + sqrt(above ** 2 + first_below ** 2) END AS difference_high,
    first_step = max(first_step) OVER (PARTITION BY run, preset, quantity, family) AS is_last
  FROM widths
)
SELECT first_run, run, preset, quantity, operator,
  CASE operator WHEN '+' THEN 'addition' WHEN '-' THEN 'subtraction' WHEN '*' THEN 'multiplication'
    ELSE 'division' END AS name,
  family, first_step, first_tokens, step, tokens, first_value, value, difference, difference_low, difference_high,
  CASE WHEN difference_low IS NOT NULL THEN spread END AS spread,
  difference_low > 0 OR difference_high < 0 AS told_apart,
  difference_low <= 0 AND difference_high >= 0 AS overlap,
  difference_low IS NULL AS no_interval,
  is_last,
  row_number() OVER (
    PARTITION BY run, preset, quantity, family, is_last ORDER BY strpos('+-*/', operator), first_step
  ) = 1 AS leads
FROM intervals
ORDER BY list_position(string_split($runs, ','), run), run, preset, quantity, strpos('+-*/', operator), family, first_step
