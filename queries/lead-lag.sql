-- question: Do classified neurons come before accuracy, or after it?
-- grain: one row per suite, seed, trajectory of classified neurons and part of the rise
-- note: A lag is the time of the trajectory less that of the accuracy of its operator on the whole universe, in octaves
--   (doublings) of the step, by the fitted logistics. Its p-value is that of a permutation test of the whole courses, adjusted
--   over all lags of the suite (Holm); leads and lags are said where it is below 0.05 and the interval leaves out 0.
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics, beside accuracy; null: all
-- param operator text? = null of emergence.operator : one of + - * /; null: all
-- param family text? = null of emergence.family : kind of heuristics of classified neurons; any: all kinds together; null: each
-- param part text? = null of emergence_lags.part : onset (10 % of the rise) or halfway (50 %); null: both
-- column suite text : suite
-- column seed int : training seed
-- column trajectory text : readable name, the same for all seeds
-- column against text : trajectory that it is compared with
-- column operator text : arithmetic operator
-- column name text : the operator in words
-- column preset text : preset of heuristics
-- column family text : kind of heuristics; any: all
-- column part text : onset or halfway
-- column octaves double : lag in doublings of the step; negative where it leads
-- column low double : lower end of its 95 % interval; null where it reaches beyond the measured steps
-- column high double : upper end of it
-- column p double : p-value that both have the same course
-- column p_adjusted double : the same, adjusted over all lags of the suite
-- column order_found text : leads, lags or not_told_apart; null where there is no lag
-- column leads boolean : true when order_found is leads
-- column lags boolean : true when it is lags
-- column order_open boolean : true when it is not_told_apart
-- column lead double : doublings of the step by which it leads, -octaves
-- column lead_low double : lower end of its interval
-- column lead_high double : upper end of its interval
-- column null_reason text : why octaves is null; null where it is given

WITH lags AS (
  SELECT l.*, operator, preset, family
  FROM emergence_lags AS l
  JOIN emergence USING (suite, seed, trajectory)
)
SELECT suite, seed, trajectory, against, operator,
  CASE operator WHEN '+' THEN 'addition' WHEN '-' THEN 'subtraction' WHEN '*' THEN 'multiplication' ELSE 'division' END
    AS name,
  preset, family, part, octaves, low, high, p, p_adjusted,
  CASE
    WHEN octaves IS NULL THEN NULL
    WHEN p_adjusted < 0.05 AND high < 0 THEN 'leads'
    WHEN p_adjusted < 0.05 AND low > 0 THEN 'lags'
    ELSE 'not_told_apart'
  END AS order_found,
  coalesce(order_found = 'leads', false) AS leads,
  coalesce(order_found = 'lags', false) AS lags,
  coalesce(order_found = 'not_told_apart', false) AS order_open,
  -octaves AS lead, -high AS lead_low, -low AS lead_high,
  null_reason
FROM lags
WHERE ($suite IS NULL OR suite = $suite)
  AND ($seed IS NULL OR seed = $seed)
  AND ($preset IS NULL OR preset = $preset)
  AND ($operator IS NULL OR operator = $operator)
  AND ($family IS NULL OR family = $family)
  AND ($part IS NULL OR part = $part)
ORDER BY suite, seed, strpos('+-*/', operator), preset, family, part DESC
