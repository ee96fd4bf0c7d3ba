-- question: Which checkpoints were measured, which failed, which are missing?
-- grain: one row per suite, seed, step, measure and preset
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param measure text? = null of units.measure : what is measured; null: all
-- param state text? = null of coverage.state : done, some_operators, other_configuration, failed or missing; null: all
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column measure text : what is measured
-- column preset text : preset of heuristics; null where the measure uses none
-- column state text : done; some_operators: not for all operators that the suite was measured on; other_configuration: done, but with settings other than those shown; failed; missing
-- column operators text : operators shown, separated by commas; null where none is shown or they are not known
-- column units_done int : units done, over all configurations
-- column units_failed int : units failed, over all configurations
-- column error text : message of the latest failure; null when none failed

SELECT suite, seed, step, measure, preset, state, operators, units_done, units_failed, error
FROM coverage
WHERE ($suite IS NULL OR suite = $suite)
  AND ($seed IS NULL OR seed = $seed)
  AND ($measure IS NULL OR measure = $measure)
  AND ($state IS NULL OR state = $state)
ORDER BY suite, seed, measure, preset, step
