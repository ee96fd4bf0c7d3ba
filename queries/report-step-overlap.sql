-- question: How alike are the heuristics of any two checkpoints, for a figure?
-- grain: one row per suite, seed, preset, operator and pair of shown steps, step_a no later than step_b
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param most int = 30 : steps shown, at most: first, last and others between, evenly among the measured; none where there is one
-- column suite text : suite
-- column seed int : training seed
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column step_a int : training step, the earlier of the two or the same
-- column step_b int : training step
-- column shared_pairs int : (heuristic, neuron) pairs present at both
-- column union_pairs int : pairs present at either
-- column pair_iou double : shared_pairs / union_pairs

WITH overlapping AS (
  SELECT *
  FROM step_overlap
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
    AND null_reason IS NULL
),
places AS (
  SELECT suite, seed, preset, step_b AS step,
    row_number() OVER (PARTITION BY suite, seed, preset ORDER BY step_b) - 1 AS place,
    count(*) OVER (PARTITION BY suite, seed, preset) AS steps
  FROM (SELECT DISTINCT suite, seed, preset, step_b FROM overlapping)
),
shown AS (
  SELECT suite, seed, preset, step
  FROM places
  WHERE steps > 1
    AND (
      steps <= $most
      OR place = 0
      OR floor(place * ($most - 1) / (steps - 1)) <> floor((place - 1) * ($most - 1) / (steps - 1))
    )
)
SELECT suite, seed, preset, operator, step_a, step_b, shared_pairs, union_pairs, round(pair_iou, 4) AS pair_iou
FROM overlapping
SEMI JOIN shown AS a ON a.suite = overlapping.suite AND a.seed = overlapping.seed AND a.preset = overlapping.preset
  AND a.step = step_a
SEMI JOIN shown AS b ON b.suite = overlapping.suite AND b.seed = overlapping.seed AND b.preset = overlapping.preset
  AND b.step = step_b
ORDER BY suite, seed, preset, strpos('+-*/', operator), step_a, step_b
