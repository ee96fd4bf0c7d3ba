-- question: Between which two checkpoints does the accuracy of each operator take off?
-- grain: one row per suite, seed and operator with measured accuracy, the earliest first
-- note: Take-off is the onset of onset-steps: the earliest step from which accuracy stays above its first value plus
--   onset_fraction of its range. It lies after before_step, the measured step before, and no later than onset_step.
--   All steps are null when the range is below floor or the last value is not above.
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param prompt_set text = 'universe' of accuracy.prompt_set : prompts on which accuracy is measured
-- param onset_fraction double = 0.1 : part of the range that makes an onset
-- param half_fraction double = 0.5 : part of the range that makes the half-way step
-- param floor double = 0.05 : smallest range, share, in which steps are looked for
-- column suite text : suite
-- column seed int : training seed
-- column operator text : arithmetic operator
-- column name text : the operator in words
-- column first_value double : accuracy at the first measured step, share
-- column last_value double : accuracy at the last measured step, share
-- column before_step int : last measured step before the take-off
-- column onset_step int : first measured step after the take-off
-- column half_step int : measured step from which accuracy stays above half of its range
-- column onset_tokens bigint : training tokens seen at onset_step; null when unknown
-- column took_off boolean : true when there is such a step
-- column stayed boolean : true when there is none, although it was measured at several steps
-- column accuracy double : accuracy at onset_step, share

WITH points AS (
  SELECT suite, seed, operator, step, tokens, accuracy AS value,
    lag(step) OVER (PARTITION BY suite, seed, operator ORDER BY step) AS before_step
  FROM latest_units
  JOIN accuracy USING (unit_id, suite, seed, step)
  WHERE prompt_set = $prompt_set
    AND accuracy IS NOT NULL
    AND ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
),
summed AS (
  SELECT suite, seed, operator,
    arg_min(value, step) AS first_value,
    arg_max(value, step) AS last_value,
    max(value) - min(value) AS range,
    count(*) > 1 AS several
  FROM points
  GROUP BY ALL
),
last_below AS (
  SELECT suite, seed, operator, first_value, last_value, range, several,
    coalesce(max(step) FILTER (value <= first_value + $onset_fraction * range), -1) AS below_onset,
    coalesce(max(step) FILTER (value <= first_value + $half_fraction * range), -1) AS below_half
  FROM summed
  JOIN points USING (suite, seed, operator)
  GROUP BY ALL
),
stepped AS (
  SELECT l.suite, l.seed, l.operator, l.first_value, l.last_value, l.several,
    min(p.step) FILTER (p.step > l.below_onset AND l.range >= $floor) AS onset_step,
    min(p.step) FILTER (p.step > l.below_half AND l.range >= $floor) AS half_step
  FROM last_below AS l
  JOIN points AS p USING (suite, seed, operator)
  GROUP BY ALL
)
SELECT s.suite, s.seed, s.operator,
  CASE s.operator WHEN '+' THEN 'addition' WHEN '-' THEN 'subtraction' WHEN '*' THEN 'multiplication'
    ELSE 'division' END AS name,
  s.first_value, s.last_value, p.before_step, s.onset_step, s.half_step,
  p.tokens AS onset_tokens,
  s.onset_step IS NOT NULL AS took_off,
  s.several AND s.onset_step IS NULL AS stayed,
  p.value AS accuracy
FROM stepped AS s
LEFT JOIN points AS p
  ON p.suite = s.suite AND p.seed = s.seed AND p.operator = s.operator AND p.step = s.onset_step
ORDER BY s.suite, s.seed, s.onset_step NULLS LAST, strpos('+-*/', s.operator)
