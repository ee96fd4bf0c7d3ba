-- question: Between which two successive checkpoints are the heuristics renewed most, and are they still at the end?
-- grain: one row per suite, seed and preset, all operators together
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- column suite text : suite
-- column seed int : training seed
-- column preset text : preset of heuristics
-- column from_step int : the interval with the least overlap of its two ends begins here
-- column to_step int : and ends here
-- column iou double : overlap of the (heuristic, neuron) pairs of its two ends: shared / union
-- column before_last_step int : last measured step but one
-- column last_step int : last measured step
-- column last_iou double : overlap of the pairs of these two
-- column most_alike double : largest overlap of two successive checkpoints

WITH steps AS (
  SELECT suite, seed, preset, operator, step AS step_b,
    lag(step) OVER (PARTITION BY suite, seed, preset, operator ORDER BY step) AS step_a
  FROM classification_steps
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
    AND null_reason IS NULL
),
overlapping AS (
  SELECT suite, seed, preset, step_a, step_b, sum(shared_pairs) / nullif(sum(union_pairs), 0) AS iou
  FROM steps
  JOIN step_overlap USING (suite, seed, preset, operator, step_a, step_b)
  GROUP BY suite, seed, preset, step_a, step_b
)
SELECT suite, seed, preset,
  arg_min(step_a, (iou, step_b)) AS from_step,
  arg_min(step_b, (iou, step_b)) AS to_step,
  min(iou) AS iou,
  arg_max(step_a, (step_b, step_a)) AS before_last_step,
  max(step_b) AS last_step,
  arg_max(iou, (step_b, step_a)) AS last_iou,
  max(iou) AS most_alike
FROM overlapping
WHERE iou IS NOT NULL
GROUP BY suite, seed, preset
ORDER BY suite, seed, preset
