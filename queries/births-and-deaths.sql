-- question: Between two successive checkpoints, how many (heuristic, neuron) pairs appear and how many vanish?
-- grain: one row per suite, seed, preset, operator, family (any: all) and interval of successive measured steps
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = null of neurons.operator : one of + - * /; null: all
-- param family text? = null of heuristic_counts.family : kind of heuristics; any: all together; null: all and each
-- column suite text : suite
-- column seed int : training seed
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column family text : kind of heuristics; any: all
-- column from_step int : measured step at which the interval begins
-- column to_step int : next measured step
-- column pairs_before int : pairs present at from_step
-- column births int : pairs present at to_step but not at from_step, also those that come back
-- column deaths int : pairs present at from_step but not at to_step
-- column pairs_after int : pairs present at to_step

WITH steps AS (
  SELECT *
  FROM classification_steps
  WHERE step_index IS NOT NULL
    AND ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
    AND ($operator IS NULL OR operator = $operator)
),
intervals AS (
  SELECT suite, seed, preset, operator, configuration_id, step_index,
    lag(step) OVER (PARTITION BY suite, seed, preset, operator ORDER BY step_index) AS from_step,
    step AS to_step
  FROM steps
),
families AS (
  SELECT configuration_id, operator, coalesce(family, 'any') AS family
  FROM heuristics
  GROUP BY GROUPING SETS ((configuration_id, operator), (configuration_id, operator, family))
),
present AS (
  SELECT s.suite, s.seed, s.preset, s.operator, m.family, s.step_index,
    lag(s.step_index) OVER pair AS previous_index,
    lead(s.step_index) OVER pair AS next_index
  FROM steps AS s
  JOIN neuron_heuristics AS m USING (unit_id, operator)
  WINDOW pair AS (
    PARTITION BY s.suite, s.seed, s.preset, s.operator, m.heuristic, m.layer, m.neuron ORDER BY s.step_index
  )
),
counted AS (
  SELECT suite, seed, preset, operator, coalesce(family, 'any') AS family, step_index,
    count(*) AS pairs,
    count(*) FILTER (previous_index IS DISTINCT FROM step_index - 1) AS appeared,
    count(*) FILTER (next_index IS DISTINCT FROM step_index + 1) AS vanishing
  FROM present
  GROUP BY GROUPING SETS ((suite, seed, preset, operator, family, step_index),
    (suite, seed, preset, operator, step_index))
)
SELECT i.suite, i.seed, i.preset, i.operator, f.family, i.from_step, i.to_step,
  coalesce(before.pairs, 0)::INTEGER AS pairs_before,
  coalesce(after.appeared, 0)::INTEGER AS births,
  coalesce(before.vanishing, 0)::INTEGER AS deaths,
  coalesce(after.pairs, 0)::INTEGER AS pairs_after
FROM intervals AS i
JOIN families AS f USING (configuration_id, operator)
LEFT JOIN counted AS after USING (suite, seed, preset, operator, family, step_index)
LEFT JOIN counted AS before
  ON before.suite = i.suite AND before.seed = i.seed AND before.preset = i.preset AND before.operator = i.operator
  AND before.family = f.family AND before.step_index = i.step_index - 1
WHERE i.from_step IS NOT NULL
  AND ($family IS NULL OR f.family = $family)
ORDER BY i.suite, i.seed, i.preset, strpos('+-*/', i.operator), f.family, i.to_step
