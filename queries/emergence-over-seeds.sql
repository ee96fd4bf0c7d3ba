-- question: When does each quantity emerge over all seeds, and do the seeds agree on how?
-- grain: one row per suite, trajectory measured with several seeds, kind (time, lag) and part of the rise
-- note: Means over the seeds that have a value, on log steps: octaves are doublings of the step, log2(1 + step / unit). A lag is
--   that of classified neurons against the accuracy of their operator. Intervals need three seeds; with n seeds the exact
--   sign-flip test of a lag gives no p-value below 2^(1 - n).
-- param suite text? = null of suites.suite : suite; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics, beside accuracy; null: all
-- param operator text? = null of emergence.operator : one of + - * /; null: all
-- param quantity text? = null of emergence.quantity : accuracy, classified, shared_with_reference or knockout_drop; null: all
-- param prompt_set text? = null of emergence.prompt_set : prompts of an accuracy; null: every row
-- param family text? = null of emergence.family : kind of heuristics of classified neurons; any: all kinds together; null: every row
-- param part text? = null of emergence_over_seeds.part : onset (10 % of the rise) or halfway (50 %); null: both
-- column suite text : suite
-- column trajectory text : readable name
-- column quantity text : accuracy, classified, shared_with_reference or knockout_drop
-- column operator text : arithmetic operator
-- column name text : the operator in words
-- column preset text : preset of heuristics; null for accuracy
-- column prompt_set text : prompts of an accuracy; null for other quantities
-- column family text : kind of heuristics of classified neurons; any: all; null for other quantities
-- column kind text : time: when; lag: how much later than accuracy
-- column part text : onset or halfway
-- column seeds int : seeds with a value
-- column seeds_judged int : seeds measured
-- column gradual int : seeds with the verdict gradual
-- column abrupt int : seeds with the verdict abrupt
-- column no_change int : seeds without a change
-- column undetermined int : seeds without a verdict
-- column headline boolean : true for accuracy on the universe and for classified neurons of all kinds
-- column timed boolean : true when there is a mean step with an interval
-- column mean_step double : mean over seeds as a training step; null for lags and without a value
-- column low_step double : lower end of its 95 % interval
-- column high_step double : upper end of it
-- column mean_octaves double : mean over seeds, octaves; of lags negative where it leads
-- column low_octaves double : lower end of its 95 % interval; null with fewer than 3 seeds
-- column high_octaves double : upper end of it
-- column p double : of lags: p-value that the mean is 0; null with fewer than 3 seeds

WITH judged AS (
  SELECT suite, trajectory, quantity, operator, preset, prompt_set, family,
    count(*) FILTER (verdict = 'gradual')::INTEGER AS gradual,
    count(*) FILTER (verdict = 'abrupt')::INTEGER AS abrupt,
    count(*) FILTER (verdict = 'no_change')::INTEGER AS no_change,
    count(*) FILTER (verdict = 'undetermined')::INTEGER AS undetermined
  FROM emergence
  GROUP BY suite, trajectory, quantity, operator, preset, prompt_set, family
)
SELECT suite, trajectory, quantity, operator,
  CASE operator WHEN '+' THEN 'addition' WHEN '-' THEN 'subtraction' WHEN '*' THEN 'multiplication' ELSE 'division' END
    AS name,
  preset, prompt_set, family, kind, part, seeds, seeds_judged, gradual, abrupt, no_change, undetermined,
  coalesce(prompt_set = 'universe' OR family = 'any', false) AS headline, low_step IS NOT NULL AS timed,
  mean_step, low_step, high_step, mean_octaves, low_octaves, high_octaves, p
FROM judged
JOIN emergence_over_seeds USING (suite, trajectory)
WHERE ($suite IS NULL OR suite = $suite)
  AND ($preset IS NULL OR preset IS NULL OR preset = $preset)
  AND ($operator IS NULL OR operator = $operator)
  AND ($quantity IS NULL OR quantity = $quantity)
  AND ($prompt_set IS NULL OR prompt_set = $prompt_set)
  AND ($family IS NULL OR family = $family)
  AND ($part IS NULL OR part = $part)
ORDER BY suite, kind DESC, quantity, strpos('+-*/', operator), preset, prompt_set, family, part DESC
