-- question: Does knocking a heuristic out hurt its own prompts more than others, and from which step on?
-- grain: one row per suite, seed, step, preset and operator
-- note: Means over the heuristics that were knocked out and measured, each counting alike. Heuristics share neurons, so
--   the spread over heuristics is no standard error.
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = null of neurons.operator : one of + - * /; null: all
-- param family text? = null of heuristics.family : only heuristics of this kind; null: all
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column tokens bigint : training tokens seen at this step; null when unknown
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column heuristics int : heuristics knocked out, with enough prompts of both kinds
-- column not_measured int : heuristics with enough neurons but too few correct prompts of either kind
-- column mean_neurons double : neurons knocked out, mean over heuristics
-- column drop_associated double : share of the associated prompts that fail, mean over heuristics
-- column drop_other double : share of the other prompts that fail, mean over heuristics
-- column difference double : drop_associated - drop_other
-- column difference_low_quarter double : a quarter of the heuristics have a difference of at most this
-- column difference_high_quarter double : a quarter of the heuristics have a difference of at least this
-- column share_above_zero double : share of the heuristics that hurt their own prompts more than others
-- column null_reason text : not_tried when no heuristic has enough neurons; null where measured

WITH tried AS (
  SELECT DISTINCT suite, seed, step, tokens, preset, operator
  FROM latest_units
  JOIN (SELECT unit_id, operator FROM prompt_knockouts UNION SELECT unit_id, operator FROM heuristic_knockouts)
    USING (unit_id)
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
    AND ($operator IS NULL OR operator = $operator)
),
drops AS (
  SELECT *
  FROM knockout_drops
  WHERE $family IS NULL OR family = $family
),
summed AS (
  SELECT t.suite, t.seed, t.step, t.tokens, t.preset, t.operator,
    count(d.difference)::INTEGER AS heuristics,
    count(d.null_reason)::INTEGER AS not_measured,
    avg(d.neurons) FILTER (d.difference IS NOT NULL) AS mean_neurons,
    avg(d.drop_associated) FILTER (d.difference IS NOT NULL) AS drop_associated,
    avg(d.drop_other) FILTER (d.difference IS NOT NULL) AS drop_other,
    avg(d.difference) AS difference,
    quantile_cont(d.difference, 0.25) AS difference_low_quarter,
    quantile_cont(d.difference, 0.75) AS difference_high_quarter,
    count(*) FILTER (d.difference > 0) / nullif(count(d.difference), 0) AS share_above_zero,
    min(d.null_reason) AS reason
  FROM tried AS t
  LEFT JOIN drops AS d USING (suite, seed, step, preset, operator)
  GROUP BY ALL
)
SELECT * EXCLUDE (reason), CASE WHEN heuristics = 0 THEN coalesce(reason, 'not_tried') END AS null_reason
FROM summed
ORDER BY suite, seed, preset, strpos('+-*/', operator), step
