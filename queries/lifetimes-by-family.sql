-- question: Which kinds of heuristics come and go, and which stay?
-- grain: one row per suite, seed, preset, operator (any: all together) and family (any: all)
-- note: A pair is a (heuristic, neuron) tuple that was seen at any measured step. Median lifetimes are those of survival,
--   which counts lives that are not over; the median is null when more than half outlive every age seen.
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = 'any' of shared_with_reference.operator : one of + - * /, or any for all together; null: all of these
-- param family text? = null of heuristic_counts.family : kind of heuristics; any: all together; null: all of these
-- column suite text : suite
-- column seed int : training seed
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator; any: all together
-- column family text : kind of heuristics; any: all
-- column pairs int : different pairs seen at any measured step
-- column births int : of these, those that appear after the first measured step
-- column deaths int : of these pairs, those absent at the last measured step
-- column permanent int : of these pairs, those present at the last measured step
-- column share_permanent double : permanent / pairs
-- column uninterrupted int : of the permanent ones, those never absent since their birth
-- column median_lifetime int : age that half of the pairs outlive, training steps; null when more than half outlive all
-- column median_birth_step int : step by which half of the pairs were born

WITH lives AS (
  SELECT *
  FROM heuristic_lifetimes
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
),
summed AS (
  SELECT suite, seed, preset, coalesce(operator, 'any') AS operator, coalesce(family, 'any') AS family,
    count(*)::INTEGER AS pairs,
    (count(*) FILTER (NOT born_before_first))::INTEGER AS births,
    (count(*) FILTER (NOT alive_at_last))::INTEGER AS deaths,
    (count(*) FILTER (alive_at_last))::INTEGER AS permanent,
    (count(*) FILTER (alive_at_last AND spells = 1))::INTEGER AS uninterrupted,
    quantile_disc(birth_step, 0.5) AS median_birth_step
  FROM lives
  GROUP BY GROUPING SETS ((suite, seed, preset, operator, family), (suite, seed, preset, operator),
    (suite, seed, preset, family), (suite, seed, preset))
),
medians AS (
  SELECT suite, seed, preset, operator, family, min(age) FILTER (survival <= 0.5) AS median_lifetime
  FROM heuristic_survival
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
  GROUP BY ALL
)
SELECT suite, seed, preset, operator, family, pairs, births, deaths, permanent,
  permanent / pairs AS share_permanent,
  uninterrupted, median_lifetime, median_birth_step
FROM summed
LEFT JOIN medians USING (suite, seed, preset, operator, family)
WHERE ($operator IS NULL OR operator = $operator)
  AND ($family IS NULL OR family = $family)
ORDER BY suite, seed, preset, strpos('+-*/any', operator), family
