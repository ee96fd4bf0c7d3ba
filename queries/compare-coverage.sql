-- question: What was measured of each run, and what was not?
-- grain: one row per run, measure and preset that any of the runs was measured with
-- param runs text? = null : runs compared, separated by commas, each a suite or suite@seed; null: every suite
-- column run text : name: suite, or suite@seed
-- column measure text : what is measured
-- column preset text : preset of heuristics; null where the measure uses none
-- column checkpoints int : checkpoints known of the run
-- column done int : of these, measured for every operator that the suite was measured on
-- column failed int : of these, tried without success
-- column complete boolean : true when all are done
-- column incomplete boolean : true when not all are done
-- column last_step int : last step measured for any operator; null when none is

WITH asked AS (
  SELECT run, suite, seed
  FROM runs
  WHERE CASE WHEN $runs IS NULL THEN run = suite ELSE list_contains(string_split($runs, ','), run) END
),
steps AS (
  SELECT run, suite, seed, step FROM asked JOIN checkpoints USING (suite, seed)
),
measures AS (
  SELECT DISTINCT measure, preset FROM asked JOIN coverage USING (suite, seed)
),
cells AS (
  SELECT s.run, s.step, m.measure, m.preset, coalesce(c.state, 'missing') AS state
  FROM steps AS s
  CROSS JOIN measures AS m
  LEFT JOIN coverage AS c
    ON c.suite = s.suite AND c.seed = s.seed AND c.step = s.step AND c.measure = m.measure
    AND c.preset IS NOT DISTINCT FROM m.preset
)
SELECT run, measure, preset,
  count(*)::INTEGER AS checkpoints,
  (count(*) FILTER (state = 'done'))::INTEGER AS done,
  (count(*) FILTER (state = 'failed'))::INTEGER AS failed,
  count(*) FILTER (state <> 'done') = 0 AS complete,
  count(*) FILTER (state <> 'done') > 0 AS incomplete,
  max(step) FILTER (state IN ('done', 'some_operators')) AS last_step
FROM cells
GROUP BY run, measure, preset
ORDER BY measure, preset, list_position(string_split($runs, ','), run), run
