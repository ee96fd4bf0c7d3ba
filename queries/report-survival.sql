-- question: How long do (heuristic, neuron) pairs of each family live, for a figure?
-- grain: one row per suite, seed, preset, operator, family and age shown
-- note: Of the ages that share a part of a doubling the last is shown, so that the curve stays true where it stands. Shares are rounded to four decimals.
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param per_doubling int = 4 : ages shown per doubling of the age, at most
-- column suite text : suite
-- column seed int : training seed
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column family text : kind of heuristics
-- column age int : training steps since birth; 0: where the curve begins
-- column at_risk int : pairs known to have reached this age
-- column survival double : share of pairs that live longer
-- column ci_low double : lower end of its 95 % interval (Greenwood, log-log)
-- column ci_high double : upper end of it

SELECT suite, seed, preset, operator, family, age, at_risk,
  round(survival, 4) AS survival, round(ci_low, 4) AS ci_low, round(ci_high, 4) AS ci_high
FROM heuristic_survival
WHERE ($suite IS NULL OR suite = $suite)
  AND ($seed IS NULL OR seed = $seed)
  AND ($preset IS NULL OR preset = $preset)
  AND operator <> 'any'
  AND family <> 'any'
QUALIFY row_number() OVER (
  PARTITION BY suite, seed, preset, operator, family,
    CASE WHEN age = 0 THEN -1 ELSE floor($per_doubling * log2(age)) END
  ORDER BY age DESC
) = 1
ORDER BY suite, seed, preset, family, strpos('+-*/', operator), age
