-- question: Which measures took the time?
-- grain: one row per suite, measure and preset, over all seeds and configurations, the longest first
-- note: Work that several measures share is counted to the first of them: the pass over all prompts to accuracy. Finished
--   units only.
-- param suite text? = null of suites.suite : suite; null: all
-- column suite text : suite
-- column measure text : what was measured
-- column preset text : preset of heuristics; null where the measure uses none
-- column units int : finished units
-- column seconds double : their wall time together, seconds
-- column share double : seconds / seconds of all units of the suite
-- column mean_seconds double : wall time per unit, seconds
-- column longest_seconds double : wall time of the longest unit, seconds
-- column longest_step int : training step of the longest unit

WITH spent AS (
  SELECT units.suite, units.measure, preset, step, seconds
  FROM units
  JOIN configurations USING (configuration_id)
  WHERE state = 'done'
    AND ($suite IS NULL OR units.suite = $suite)
)
SELECT suite, measure, preset,
  count(*)::INTEGER AS units,
  sum(seconds) AS seconds,
  sum(seconds) / nullif(sum(sum(seconds)) OVER (PARTITION BY suite), 0) AS share,
  avg(seconds) AS mean_seconds,
  max(seconds) AS longest_seconds,
  arg_max(step, (seconds, -step)) AS longest_step
FROM spent
GROUP BY suite, measure, preset
ORDER BY suite, sum(seconds) DESC, measure, preset
