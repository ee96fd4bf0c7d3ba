-- question: Does the harm of knocking heuristics out grow as accuracy does?
-- grain: one row per suite, seed, preset and operator with heuristics knocked out
-- note: The drop of a step is how much more accuracy falls on the prompts of a knocked-out heuristic than on others, mean over
--   heuristics. Two quantities that both rise over training correlate whatever they have in common: the correlation of their
--   changes from step to step is the one to trust. P-values are of permutation tests, not adjusted.
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = null of emergence.operator : one of + - * /; null: all
-- column suite text : suite
-- column seed int : training seed
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column name text : the operator in words
-- column n_steps int : steps at which both were measured
-- column spearman double : rank correlation of accuracy and drop over steps; null with fewer than 3, or where one is constant
-- column p double : its two-sided p-value
-- column spearman_of_changes double : rank correlation of their changes between neighbouring steps
-- column p_of_changes double : its two-sided p-value
-- column together boolean : true when the changes go the same way: p_of_changes below 0.05
-- column opposed boolean : true when they do so in opposite directions
-- column apart boolean : true when they were compared and do not

SELECT suite, seed, preset, operator,
  CASE operator WHEN '+' THEN 'addition' WHEN '-' THEN 'subtraction' WHEN '*' THEN 'multiplication' ELSE 'division' END
    AS name,
  n_steps, spearman, p, spearman_of_changes, p_of_changes,
  coalesce(p_of_changes < 0.05 AND spearman_of_changes > 0, false) AS together,
  coalesce(p_of_changes < 0.05 AND spearman_of_changes < 0, false) AS opposed,
  coalesce(p_of_changes >= 0.05, false) AS apart
FROM emergence_correlations
WHERE ($suite IS NULL OR suite = $suite)
  AND ($seed IS NULL OR seed = $seed)
  AND ($preset IS NULL OR preset = $preset)
  AND ($operator IS NULL OR operator = $operator)
ORDER BY suite, seed, preset, strpos('+-*/', operator)
