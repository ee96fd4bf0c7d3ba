-- question: How long does a (heuristic, neuron) pair live?
-- grain: one row per suite, seed, preset, operator (any: all together), family (any: all) and age at which a life ends
-- note: Kaplan and Meier's estimate. A life begins at the first measured step with the pair and ends at the first one
--   after its last presence, so a pair that comes back lived on meanwhile. Pairs alive at the last measured step are
--   censored there; pairs present at a first measured step above 0 are left out. Between checkpoints nothing is seen:
--   ages are as coarse as the steps. Where only top neurons are classified, a pair also ends when its neuron is no
--   longer among them.
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = 'any' of heuristic_survival.operator : one of + - * /, or any for all together; null: all of these
-- param family text? = 'any' of heuristic_survival.family : kind of heuristics; any: all together; null: all of these
-- column suite text : suite
-- column seed int : training seed
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator; any: all together
-- column family text : kind of heuristics; any: all
-- column age int : training steps since birth; 0: where the curve begins
-- column at_risk int : pairs known to have reached this age
-- column deaths int : of these, those that die at it
-- column censored int : of these, those that are followed no further
-- column survival double : share of pairs that live longer
-- column ci_low double : lower end of its 95 % interval (Greenwood, log-log)
-- column ci_high double : upper end of it

SELECT suite, seed, preset, operator, family, age, at_risk, deaths, censored, survival, ci_low, ci_high
FROM heuristic_survival
WHERE ($suite IS NULL OR suite = $suite)
  AND ($seed IS NULL OR seed = $seed)
  AND ($preset IS NULL OR preset = $preset)
  AND ($operator IS NULL OR operator = $operator)
  AND ($family IS NULL OR family = $family)
ORDER BY suite, seed, preset, strpos('+-*/any', operator), family, age
