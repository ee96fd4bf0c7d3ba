-- question: How many of the leading neurons implement heuristics at last, and by when did half of these begin to?
-- grain: one row per suite, seed and preset with kept maps
-- note: A neuron counts once for each operator for which its map is kept. It begins at the first measured step at which it implements any heuristic; early_step is the first step by which half of those that implement one at the reference checkpoint had begun.
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param neurons int = 12 : neurons per operator, at most, the first in rank first
-- column suite text : suite
-- column seed int : training seed
-- column preset text : preset of heuristics
-- column reference_step int : training step of the reference checkpoint: the last with maps
-- column neurons int : neurons with maps, of all operators together
-- column by_effect boolean : whether effects placed all of them; else some were placed by their best heuristic
-- column implementing int : of these, how many implement a heuristic at the reference checkpoint
-- column early_step int : step by which half of these had begun to; null where there are none

WITH maps AS (
  SELECT u.suite, u.seed, u.preset, u.step, n.operator, n.layer, n.neuron, n.ranked_by
  FROM latest_units AS u
  JOIN neuron_maps AS n USING (unit_id)
  WHERE u.measure = 'maps'
    AND n.rank < $neurons
    AND ($suite IS NULL OR u.suite = $suite)
    AND ($seed IS NULL OR u.seed = $seed)
    AND ($preset IS NULL OR u.preset = $preset)
),
named AS (
  SELECT DISTINCT suite, seed, preset, operator, layer, neuron, ranked_by,
    max(step) OVER (PARTITION BY suite, seed, preset) AS reference_step
  FROM maps
),
lives AS (
  SELECT g.suite, g.seed, g.preset, g.operator, g.layer, g.neuron, g.ranked_by, g.reference_step,
    min(s.step) FILTER (n.n_heuristics > 0) AS birth_step,
    coalesce(bool_or(n.n_heuristics > 0) FILTER (s.step = g.reference_step), false) AS implementing
  FROM named AS g
  LEFT JOIN classification_steps AS s USING (suite, seed, preset, operator)
  LEFT JOIN neurons AS n USING (unit_id, operator, layer, neuron)
  GROUP BY ALL
)
SELECT suite, seed, preset, reference_step,
  count(*)::INTEGER AS neurons,
  bool_and(ranked_by <> 'best_score') AS by_effect,
  count(*) FILTER (implementing)::INTEGER AS implementing,
  quantile_disc(birth_step, 0.5) FILTER (implementing) AS early_step
FROM lives
GROUP BY suite, seed, preset, reference_step
ORDER BY suite, seed, preset
