-- question: Does knocking heuristics out hurt their own prompts more than others, at the end and since when?
-- grain: one row per suite, seed, preset and operator
-- note: Heuristics with too few correct prompts of either kind are left out; each of the others counts alike.
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- column suite text : suite
-- column seed int : training seed
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column name text : the operator in words
-- column step int : last step with heuristics knocked out
-- column last_step int : latest of these steps over the operators
-- column earlier_step int : step, where it lies before that; null elsewhere
-- column heuristics int : heuristics knocked out there
-- column drop_associated double : share of their own prompts that fail, mean over heuristics
-- column drop_other double : share of other prompts that fail, mean over heuristics
-- column told_apart int : heuristics whose own prompts fail more, the 95 % interval leaving out 0
-- column told_apart_share double : told_apart / heuristics
-- column hurts_own boolean : true when their own prompts fail more, on average
-- column spares_own boolean : true when they do not
-- column own_from int : first measured step from which on they do; null when not at the end
-- column least_n int : fewest prompts tried of one kind for a heuristic, at the last step
-- column most_n int : most of them

WITH steps AS (
  SELECT suite, seed, step, preset, operator,
    count(*) AS heuristics,
    avg(drop_associated) AS drop_associated,
    avg(drop_other) AS drop_other,
    count(*) FILTER (difference_low > 0) AS told_apart,
    min(least(associated_n, other_n)) AS least_n,
    max(greatest(associated_n, other_n)) AS most_n,
    avg(difference) > 0 AS hurts_own
  FROM knockout_drops
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
    AND null_reason IS NULL
  GROUP BY suite, seed, step, preset, operator
),
kept AS (
  SELECT *, bool_and(hurts_own) OVER (PARTITION BY suite, seed, preset, operator ORDER BY step DESC) AS hurts_since
  FROM steps
)
SELECT suite, seed, preset, operator,
  CASE operator WHEN '+' THEN 'addition' WHEN '-' THEN 'subtraction' WHEN '*' THEN 'multiplication' ELSE 'division' END AS name,
  max(step) AS step,
  max(max(step)) OVER (PARTITION BY suite, seed, preset) AS last_step,
  nullif(max(step), max(max(step)) OVER (PARTITION BY suite, seed, preset)) AS earlier_step,
  arg_max(heuristics, step)::INTEGER AS heuristics,
  arg_max(drop_associated, step) AS drop_associated,
  arg_max(drop_other, step) AS drop_other,
  arg_max(told_apart, step)::INTEGER AS told_apart,
  arg_max(told_apart, step) / arg_max(heuristics, step) AS told_apart_share,
  arg_max(hurts_own, step) AS hurts_own,
  NOT arg_max(hurts_own, step) AS spares_own,
  min(step) FILTER (hurts_since) AS own_from,
  arg_max(least_n, step)::INTEGER AS least_n,
  arg_max(most_n, step)::INTEGER AS most_n
FROM kept
GROUP BY suite, seed, preset, operator
ORDER BY suite, seed, preset, strpos('+-*/', operator)
