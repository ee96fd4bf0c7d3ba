-- question: Do prompts fail more without the neurons of their own heuristics than without random ones, at the end and since when?
-- grain: one row per suite, seed, preset and operator
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- column suite text : suite
-- column seed int : training seed
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column name text : the operator in words
-- column step int : last measured step
-- column last_step int : latest of these steps over the operators
-- column earlier_step int : step, where it lies before that; null elsewhere
-- column neurons_per_layer int : most neurons knocked out per layer
-- column n int : prompts tried
-- column associated double : share still correct without neurons of their own heuristics
-- column control double : share still correct without random others
-- column apart boolean : true when the 95 % interval of the first lies below that of the second
-- column not_apart boolean : true when it does not
-- column apart_from int : first step from which on it does; null when not at the end

WITH measured AS (
  SELECT suite, seed, step, preset, operator, neurons_per_layer, kind, n, accuracy, ci_low, ci_high
  FROM latest_units
  JOIN prompt_knockouts USING (unit_id, suite, seed, step)
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
    AND null_reason IS NULL
  QUALIFY neurons_per_layer = max(neurons_per_layer) OVER (PARTITION BY suite, seed, preset, operator)
),
paired AS (
  SELECT suite, seed, step, preset, operator, neurons_per_layer,
    max(n) AS n,
    max(accuracy) FILTER (kind = 'associated') AS associated,
    max(accuracy) FILTER (kind = 'control') AS control,
    max(ci_high) FILTER (kind = 'associated') < max(ci_low) FILTER (kind = 'control') AS is_apart
  FROM measured
  GROUP BY suite, seed, step, preset, operator, neurons_per_layer
  HAVING count(*) = 2
),
kept AS (
  SELECT *, bool_and(is_apart) OVER (PARTITION BY suite, seed, preset, operator ORDER BY step DESC) AS apart_since
  FROM paired
)
SELECT suite, seed, preset, operator,
  CASE operator WHEN '+' THEN 'addition' WHEN '-' THEN 'subtraction' WHEN '*' THEN 'multiplication' ELSE 'division' END AS name,
  max(step) AS step,
  max(max(step)) OVER (PARTITION BY suite, seed, preset) AS last_step,
  nullif(max(step), max(max(step)) OVER (PARTITION BY suite, seed, preset)) AS earlier_step,
  max(neurons_per_layer) AS neurons_per_layer,
  arg_max(n, step) AS n,
  arg_max(associated, step) AS associated,
  arg_max(control, step) AS control,
  coalesce(bool_or(apart_since), false) AS apart,
  NOT coalesce(bool_or(apart_since), false) AS not_apart,
  min(step) FILTER (apart_since) AS apart_from
FROM kept
GROUP BY suite, seed, preset, operator
ORDER BY suite, seed, preset, strpos('+-*/', operator)
