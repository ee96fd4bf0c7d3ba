-- question: What age do half of the (heuristic, neuron) pairs of each family not outlive?
-- grain: one row per suite, seed, preset and family, all operators together, the shortest first
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- column suite text : suite
-- column seed int : training seed
-- column preset text : preset of heuristics
-- column family text : kind of heuristics
-- column name text : the family in words
-- column median_lifetime int : first age that at most half of the pairs outlive, training steps; null when more do
-- column known boolean : true when there is one

SELECT suite, seed, preset, family,
  CASE family WHEN 'mod' THEN 'modulo' WHEN 'multi' THEN 'a few results' WHEN 'identical' THEN 'equal operands'
    ELSE family END AS name,
  min(age) FILTER (survival <= 0.5) AS median_lifetime,
  count(*) FILTER (survival <= 0.5) > 0 AS known
FROM heuristic_survival
WHERE ($suite IS NULL OR suite = $suite)
  AND ($seed IS NULL OR seed = $seed)
  AND ($preset IS NULL OR preset = $preset)
  AND operator = 'any'
  AND family <> 'any'
GROUP BY suite, seed, preset, family
ORDER BY suite, seed, preset, median_lifetime NULLS LAST, family
