-- question: How many checkpoints were measured, and which were not?
-- grain: one row per suite, measure and preset, over all seeds
-- param suite text? = null of suites.suite : suite; null: all
-- column suite text : suite
-- column measure text : what is measured
-- column preset text : preset of heuristics; null where the measure uses none
-- column checkpoints int : checkpoints known of the suite, over all seeds
-- column done int : of these, measured with the settings shown
-- column some_operators int : of these, measured for some of the operators only that the suite was measured on
-- column other_configuration int : of these, measured with other settings only
-- column failed int : of these, tried without success
-- column missing int : of these, never tried
-- column complete boolean : true when all are done
-- column not_done text : those not done, as seed and step; empty when complete
-- column error text : message of a failure; null when none failed

WITH cells AS (
  SELECT *
  FROM coverage
  WHERE $suite IS NULL OR suite = $suite
)
SELECT suite, measure, preset,
  count(*)::INTEGER AS checkpoints,
  (count(*) FILTER (state = 'done'))::INTEGER AS done,
  (count(*) FILTER (state = 'some_operators'))::INTEGER AS some_operators,
  (count(*) FILTER (state = 'other_configuration'))::INTEGER AS other_configuration,
  (count(*) FILTER (state = 'failed'))::INTEGER AS failed,
  (count(*) FILTER (state = 'missing'))::INTEGER AS missing,
  count(*) FILTER (state <> 'done') = 0 AS complete,
  coalesce(string_agg('seed ' || seed || ' step ' || step, ', ' ORDER BY seed, step) FILTER (state <> 'done'), '') AS not_done,
  min(error) FILTER (state = 'failed') AS error
FROM cells
GROUP BY suite, measure, preset
ORDER BY suite, measure, preset
