-- question: Which checkpoints did an audit find fault with, and which are as they should be?
-- grain: one row per suite, seed, finding, severity and what the weights equal, the worst first
-- param suite text? = null of suites.suite : suite; null: all
-- column suite text : suite
-- column seed int : training seed
-- column severity text : bad: must not be trusted; warning: may be harmless; expected: as it should be; ok: nothing was found
-- column finding text : what was found; clean: nothing
-- column checkpoints int : number of checkpoints
-- column steps text : their training steps, the first twelve
-- column first_step int : first of these steps
-- column last_step int : last of these steps
-- column other text : what the weights equal or come from: main, or a step; null where there is none, or several
-- column evidence text : what was seen at the first of these steps
-- column report text : URL of a report of the fault; null where none is known
-- column read text : what the audit read: listing, sample or all
-- column analysed int : how many of these checkpoints were analysed all the same

WITH deepest AS (
  SELECT *
  FROM checkpoint_audit
  QUALIFY row_number() OVER (
    PARTITION BY suite, seed, step, finding
    ORDER BY array_position(['all', 'sample', 'listing'], depth)
  ) = 1
),
told AS (
  SELECT *
  FROM deepest
  WHERE finding <> 'clean'
    OR NOT EXISTS (
      SELECT 1 FROM checkpoint_audit AS found
      WHERE found.suite = deepest.suite AND found.seed = deepest.seed AND found.step = deepest.step
        AND found.finding <> 'clean'
    )
),
analysed AS (
  SELECT DISTINCT suite, seed, step FROM units WHERE state = 'done'
)
SELECT told.suite, told.seed, severity, finding,
  count(*)::INTEGER AS checkpoints,
  array_to_string(list_slice(list(told.step ORDER BY told.step), 1, 12), ', ')
    || CASE WHEN count(*) > 12 THEN ', ...' ELSE '' END AS steps,
  min(told.step) AS first_step,
  max(told.step) AS last_step,
  CASE WHEN count(DISTINCT other) = 1 THEN min(other) END AS other,
  first(evidence ORDER BY told.step) AS evidence,
  report,
  min(depth) AS read,
  count(analysed.step)::INTEGER AS analysed
FROM told
LEFT JOIN analysed ON analysed.suite = told.suite AND analysed.seed = told.seed AND analysed.step = told.step
WHERE $suite IS NULL OR told.suite = $suite
GROUP BY told.suite, told.seed, severity, finding, report, CASE WHEN finding <> 'duplicate' THEN other END
ORDER BY told.suite, array_position(['bad', 'warning', 'expected', 'ok'], severity), told.seed, first_step, finding
