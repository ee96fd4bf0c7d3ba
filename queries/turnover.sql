-- question: How many (heuristic, neuron) pairs come and go, how many stay, and when is the turnover largest?
-- grain: one row per suite, seed, preset and operator (any: all together)
-- note: A birth is a pair present at a measured step but not at the one before; a pair that comes back is born again. A
--   death is the reverse. The busiest interval is the one with most births; intervals differ in length.
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = null of shared_with_reference.operator : one of + - * /, or any; null: all of these
-- column suite text : suite
-- column seed int : training seed
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator; any: all together
-- column pairs_ever int : different pairs seen at any measured step
-- column alive_at_last int : of these, present at the last measured step
-- column died int : of these, absent at the last measured step
-- column died_share double : died / pairs_ever
-- column from_the_first int : pairs present at the first measured step
-- column from_the_first_alive int : of these, present at the last
-- column from_the_first_share double : from_the_first_alive / from_the_first
-- column permanent_half_step int : step from which half of the pairs alive at the end are there to stay
-- column births int : births over all intervals
-- column deaths int : deaths over all intervals
-- column births_from int : step at which the interval with most births begins
-- column births_to int : step at which it ends
-- column most_births int : births in it
-- column most_births_share double : of all births
-- column deaths_from int : step at which the interval with most deaths begins
-- column deaths_to int : step at which it ends
-- column most_deaths int : deaths in it
-- column most_deaths_share double : of all deaths

WITH events AS MATERIALIZED (
  SELECT suite, seed, preset, operator, history, step, step_index, change
  FROM match_changes
  WHERE heuristic <> 'any'
    AND ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
),
lives AS (
  SELECT suite, seed, preset, operator,
    min(step_index) = 0 AS born_before_first,
    sum(change) = 1 AS alive_at_last,
    CASE WHEN sum(change) = 1 THEN max(step) END AS permanent_from
  FROM events
  GROUP BY suite, seed, preset, operator, history
),
summed AS (
  SELECT suite, seed, preset, coalesce(operator, 'any') AS operator,
    count(*) AS pairs_ever,
    count(*) FILTER (alive_at_last) AS alive_at_last,
    count(*) FILTER (born_before_first) AS from_the_first,
    count(*) FILTER (born_before_first AND alive_at_last) AS from_the_first_alive,
    quantile_disc(permanent_from, 0.5) AS permanent_half_step
  FROM lives
  GROUP BY GROUPING SETS ((suite, seed, preset, operator), (suite, seed, preset))
),
changes AS (
  SELECT suite, seed, preset, operator, step_index,
    count(*) FILTER (change = 1) AS births,
    count(*) FILTER (change = -1) AS deaths
  FROM events
  GROUP BY ALL
),
steps AS (
  SELECT suite, seed, preset, operator, step, step_index,
    lag(step) OVER (PARTITION BY suite, seed, preset, operator ORDER BY step_index) AS from_step
  FROM classification_steps
  WHERE step_index IS NOT NULL
),
intervals AS (
  SELECT suite, seed, preset, coalesce(operator, 'any') AS operator, from_step, step AS to_step,
    sum(births) AS births, sum(deaths) AS deaths
  FROM changes
  JOIN steps USING (suite, seed, preset, operator, step_index)
  WHERE from_step IS NOT NULL
  GROUP BY GROUPING SETS ((suite, seed, preset, operator, from_step, step), (suite, seed, preset, from_step, step))
),
busiest AS (
  SELECT suite, seed, preset, operator, sum(births) AS births, sum(deaths) AS deaths,
    max(births) AS most_births, arg_max(from_step, (births, -to_step)) AS births_from,
    arg_max(to_step, (births, -to_step)) AS births_to,
    max(deaths) AS most_deaths, arg_max(from_step, (deaths, -to_step)) AS deaths_from,
    arg_max(to_step, (deaths, -to_step)) AS deaths_to
  FROM intervals
  GROUP BY ALL
)
SELECT suite, seed, preset, operator,
  pairs_ever::INTEGER AS pairs_ever,
  alive_at_last::INTEGER AS alive_at_last,
  (pairs_ever - alive_at_last)::INTEGER AS died,
  1 - alive_at_last / pairs_ever AS died_share,
  from_the_first::INTEGER AS from_the_first,
  from_the_first_alive::INTEGER AS from_the_first_alive,
  from_the_first_alive / nullif(from_the_first, 0) AS from_the_first_share,
  permanent_half_step,
  births::INTEGER AS births,
  deaths::INTEGER AS deaths,
  births_from, births_to,
  most_births::INTEGER AS most_births,
  most_births / nullif(births, 0) AS most_births_share,
  deaths_from, deaths_to,
  most_deaths::INTEGER AS most_deaths,
  most_deaths / nullif(deaths, 0) AS most_deaths_share
FROM summed
LEFT JOIN busiest USING (suite, seed, preset, operator)
WHERE $operator IS NULL OR operator = $operator
ORDER BY suite, seed, preset, strpos('+-*/any', operator)
