-- question: How much of the final bag of heuristics is there at each step, and how much would be there by chance?
-- grain: one row per suite, seed, step, preset and operator
-- note: By chance: were the neurons of each heuristic drawn anew at this step, as many as there are, from the live ones,
--   a tuple of the reference would be met with probability neurons of its heuristic / live neurons. The share by chance
--   is the mean of that over the tuples of the reference, so it rises with the mere number of matches.
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = null of neurons.operator : one of + - * /; null: all
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column tokens bigint : training tokens seen at this step; null when unknown
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column reference_step int : step of the reference checkpoint: the last measured one
-- column pairs int : (heuristic, neuron) pairs at this step
-- column shared_pairs int : pairs of the reference present at this step
-- column reference_pairs int : pairs at the reference
-- column share double : shared_pairs / reference_pairs
-- column share_by_chance double : the share that chance gives
-- column null_reason text : why the values of this row are null; null where measured

WITH steps AS (
  SELECT suite, seed, step, preset, operator, unit_id, live_neurons,
    max(step) FILTER (is_reference) OVER (PARTITION BY suite, seed, preset, operator) AS reference_step
  FROM classification_steps
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
    AND ($operator IS NULL OR operator = $operator)
),
counted AS (
  SELECT suite, seed, preset, operator, step, reference_step, live_neurons, heuristic, neurons AS pairs
  FROM steps
  JOIN match_counts USING (unit_id, operator)
  WHERE heuristic <> 'any'
),
expected AS (
  SELECT c.suite, c.seed, c.preset, c.operator, c.step, sum(r.pairs * c.pairs / c.live_neurons) AS pairs
  FROM counted AS c
  JOIN counted AS r
    ON r.suite = c.suite AND r.seed = c.seed AND r.preset = c.preset AND r.operator = c.operator
    AND r.heuristic = c.heuristic AND r.step = c.reference_step
  GROUP BY ALL
)
SELECT s.suite, s.seed, s.step, checkpoints.tokens, s.preset, s.operator, s.reference_step, s.pairs,
  s.shared_pairs, s.reference_pairs, s.share,
  CASE WHEN s.share IS NOT NULL THEN coalesce(expected.pairs, 0) / s.reference_pairs END AS share_by_chance,
  s.null_reason
FROM shared_with_reference AS s
SEMI JOIN steps ON steps.suite = s.suite AND steps.seed = s.seed AND steps.preset = s.preset
  AND steps.operator = s.operator
LEFT JOIN expected ON expected.suite = s.suite AND expected.seed = s.seed AND expected.preset = s.preset
  AND expected.operator = s.operator AND expected.step = s.step
LEFT JOIN checkpoints ON checkpoints.suite = s.suite AND checkpoints.seed = s.seed AND checkpoints.step = s.step
ORDER BY s.suite, s.seed, s.preset, strpos('+-*/', s.operator), s.step
