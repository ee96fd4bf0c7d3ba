-- question: When does accuracy, and when does the share of classified neurons, begin to rise and pass half of its way?
-- grain: one row per suite, seed, preset (null for accuracy), operator and quantity
-- note: Over the measured steps of a quantity, first is its value at the first one and range its largest value less its
--   smallest. A step is the onset when there and at every later measured step the value is above
--   first + onset_fraction x range, and the half-way step likewise with half_fraction: the earliest such step counts.
--   Both are null when range is below floor (null_reason denominator_below_floor), and when the value at the last
--   measured step is not above (null_reason null). Steps between two checkpoints cannot be told apart: the true onset
--   lies after the measured step before.
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = null of neurons.operator : one of + - * /; null: all
-- param prompt_set text = 'universe' of accuracy.prompt_set : prompts on which accuracy is measured
-- param onset_fraction double = 0.1 : part of the range that makes an onset
-- param half_fraction double = 0.5 : part of the range that makes the half-way step
-- param floor double = 0.05 : smallest range, share, in which steps are looked for
-- column suite text : suite
-- column seed int : training seed
-- column preset text : preset of heuristics; null for accuracy
-- column operator text : arithmetic operator
-- column quantity text : accuracy (share of prompts) or classified_excess (share of live neurons above chance)
-- column first_value double : value at the first measured step, share
-- column last_value double : value at the last measured step, share
-- column range double : largest less smallest value, share
-- column onset_step int : step from which the value stays above first_value + onset_fraction x range
-- column half_step int : step from which the value stays above first_value + half_fraction x range
-- column n_steps int : measured steps
-- column null_reason text : denominator_below_floor when the range is too small, else null

WITH points AS (
  SELECT suite, seed, NULL::TEXT AS preset, operator, 'accuracy' AS quantity, step, accuracy AS value
  FROM latest_units
  JOIN accuracy USING (unit_id, suite, seed, step)
  WHERE prompt_set = $prompt_set
  UNION ALL
  SELECT suite, seed, preset, operator, 'classified_excess', step, excess
  FROM heuristic_counts
  WHERE target = 'any' AND family = 'any'
    AND ($preset IS NULL OR preset = $preset)
),
measured AS (
  SELECT *
  FROM points
  WHERE value IS NOT NULL
    AND ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($operator IS NULL OR operator = $operator)
),
summed AS (
  SELECT suite, seed, preset, operator, quantity,
    arg_min(value, step) AS first_value,
    arg_max(value, step) AS last_value,
    max(value) - min(value) AS range,
    count(*) AS n_steps
  FROM measured
  GROUP BY ALL
),
reached AS (
  SELECT s.suite, s.seed, s.preset, s.operator, s.quantity,
    max(m.step) FILTER (m.value <= s.first_value + $onset_fraction * s.range) AS last_below_onset,
    max(m.step) FILTER (m.value <= s.first_value + $half_fraction * s.range) AS last_below_half
  FROM summed AS s
  JOIN measured AS m
    ON m.suite = s.suite AND m.seed = s.seed AND m.preset IS NOT DISTINCT FROM s.preset
    AND m.operator = s.operator AND m.quantity = s.quantity
  GROUP BY ALL
),
stepped AS (
  SELECT r.suite, r.seed, r.preset, r.operator, r.quantity,
    min(m.step) FILTER (m.step > coalesce(r.last_below_onset, -1)) AS onset_step,
    min(m.step) FILTER (m.step > coalesce(r.last_below_half, -1)) AS half_step
  FROM reached AS r
  JOIN measured AS m
    ON m.suite = r.suite AND m.seed = r.seed AND m.preset IS NOT DISTINCT FROM r.preset
    AND m.operator = r.operator AND m.quantity = r.quantity
  GROUP BY ALL
)
SELECT s.suite, s.seed, s.preset, s.operator, s.quantity, s.first_value, s.last_value, s.range,
  CASE WHEN s.range >= $floor THEN t.onset_step END AS onset_step,
  CASE WHEN s.range >= $floor THEN t.half_step END AS half_step,
  s.n_steps::INTEGER AS n_steps,
  CASE WHEN s.range < $floor THEN 'denominator_below_floor' END AS null_reason
FROM summed AS s
JOIN stepped AS t
  ON t.suite = s.suite AND t.seed = s.seed AND t.preset IS NOT DISTINCT FROM s.preset
  AND t.operator = s.operator AND t.quantity = s.quantity
ORDER BY s.suite, s.seed, s.quantity, s.preset, strpos('+-*/', s.operator)
