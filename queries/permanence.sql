-- question: From which step on are the final (heuristic, neuron) pairs there to stay?
-- grain: one row per suite, seed, preset, operator (any: all together), family (any: all) and measured step
-- note: A pair of the last measured step is permanent from the step from which it is present at every measured one. Those
--   of operators that were measured at other steps count from their own.
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = 'any' of shared_with_reference.operator : one of + - * /, or any; null: all of these
-- param family text? = 'any' of classification_chance.family : kind of heuristics; any: all together; null: all and each
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator; any: all together
-- column family text : kind of heuristics; any: all
-- column settling int : pairs that are permanent from this very step
-- column settled int : pairs that are permanent from this step or an earlier one
-- column final_pairs int : pairs at the last measured step
-- column share double : settled / final_pairs

WITH lives AS (
  SELECT suite, seed, preset, operator, family, permanent_from AS step
  FROM heuristic_lifetimes
  WHERE alive_at_last
    AND ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
),
settling AS (
  SELECT suite, seed, preset, coalesce(operator, 'any') AS operator, coalesce(family, 'any') AS family, step,
    count(*) AS pairs
  FROM lives
  GROUP BY GROUPING SETS ((suite, seed, preset, operator, family, step), (suite, seed, preset, operator, step),
    (suite, seed, preset, family, step), (suite, seed, preset, step))
),
steps AS (
  SELECT DISTINCT suite, seed, preset, coalesce(operator, 'any') AS operator, step
  FROM classification_steps
  WHERE step_index IS NOT NULL
  GROUP BY GROUPING SETS ((suite, seed, preset, operator, step), (suite, seed, preset, step))
),
cells AS (
  SELECT *
  FROM steps JOIN (SELECT DISTINCT suite, seed, preset, operator, family FROM settling)
    USING (suite, seed, preset, operator)
  WHERE ($operator IS NULL OR operator = $operator)
    AND ($family IS NULL OR family = $family)
),
counted AS (
  SELECT c.*, coalesce(s.pairs, 0) AS settling,
    coalesce(sum(s.pairs) OVER (course ORDER BY c.step), 0) AS settled,
    sum(s.pairs) OVER course AS final_pairs
  FROM cells AS c LEFT JOIN settling AS s USING (suite, seed, preset, operator, family, step)
  WINDOW course AS (PARTITION BY c.suite, c.seed, c.preset, c.operator, c.family)
)
SELECT suite, seed, step, preset, operator, family,
  settling::INTEGER AS settling,
  settled::INTEGER AS settled,
  final_pairs::INTEGER AS final_pairs,
  settled / final_pairs AS share
FROM counted
ORDER BY suite, seed, preset, strpos('+-*/any', operator), family, step
