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
  SELECT suite, seed, preset, operator, configuration_id, step_index,
    lag(step) OVER (PARTITION BY suite, seed, preset, operator ORDER BY step_index) AS from_step,
    step AS to_step
  FROM classification_steps
  WHERE step_index IS NOT NULL
    AND ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
    AND ($operator IS NULL OR operator = $operator)
),
families AS (
  SELECT configuration_id, operator, coalesce(family, 'any') AS family
  FROM heuristics
  GROUP BY GROUPING SETS ((configuration_id, operator), (configuration_id, operator, family))
),
counted AS (
  SELECT suite, seed, preset, operator, coalesce(family, 'any') AS family, step_index,
    count(*) FILTER (change = 1) AS births,
    count(*) FILTER (change = -1) AS deaths
  FROM match_changes
  WHERE heuristic <> 'any'
  GROUP BY GROUPING SETS ((suite, seed, preset, operator, family, step_index),
    (suite, seed, preset, operator, step_index))
),
intervals AS (
  SELECT s.suite, s.seed, s.preset, s.operator, f.family, s.from_step, s.to_step,
    coalesce(c.births, 0) AS births,
    coalesce(c.deaths, 0) AS deaths,
    coalesce(sum(c.births - c.deaths) OVER (
      PARTITION BY s.suite, s.seed, s.preset, s.operator, f.family ORDER BY s.step_index
    ), 0) AS pairs
  FROM steps AS s
  JOIN families AS f USING (configuration_id, operator)
  LEFT JOIN counted AS c USING (suite, seed, preset, operator, family, step_index)
)
SELECT suite, seed, preset, operator, family, from_step, to_step,
  (pairs - births + deaths)::INTEGER AS pairs_before,
  births::INTEGER AS births,
  deaths::INTEGER AS deaths,
  pairs::INTEGER AS pairs_after
FROM intervals
WHERE from_step IS NOT NULL
  AND ($family IS NULL OR family = $family)
ORDER BY suite, seed, preset, strpos('+-*/', operator), family, to_step
