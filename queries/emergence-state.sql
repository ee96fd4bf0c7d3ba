-- question: From which results were the verdicts on emergence computed, and are they still those of the database?
-- grain: one row per suite with finished units of accuracy, classification or knock-outs
-- param suite text? = null of suites.suite : suite; null: all
-- column suite text : suite
-- column inputs_hash text : md5 of the finished units that verdicts are computed from, as the database has them now
-- column units int : number of these units
-- column judged boolean : true when there are verdicts
-- column current boolean : true when they were computed from just these units
-- column judged_units int : units that the verdicts were computed from; null without verdicts
-- column trajectories int : trajectories judged; null without verdicts
-- column samples int : resamples of each bootstrap; null without verdicts
-- column permutations int : permutations of each test; null without verdicts
-- column random_seed int : seed of resamples and permutations; null without verdicts
-- column adjustment text : how p-values are adjusted over the trajectories; null without verdicts
-- column version int : version of the program code that judged; null without verdicts
-- column program_version text : version of heuristrace that judged; null without verdicts
-- column computed_at timestamp : when, UTC; null without verdicts
-- column seconds double : time it took; null without verdicts

WITH inputs AS (
  SELECT suite, md5(string_agg(unit_id, ',' ORDER BY unit_id)) AS inputs_hash, count(*)::INTEGER AS units
  FROM latest_units
  WHERE measure IN ('accuracy', 'classification', 'knockouts')
    AND ($suite IS NULL OR suite = $suite)
  GROUP BY suite
)
SELECT suite, i.inputs_hash, i.units,
  r.suite IS NOT NULL AS judged,
  coalesce(r.inputs_hash = i.inputs_hash, false) AS current,
  r.units AS judged_units, r.trajectories, r.samples, r.permutations, r.random_seed, r.adjustment, r.version,
  r.program_version, r.computed_at, r.seconds
FROM inputs AS i
LEFT JOIN emergence_runs AS r USING (suite)
ORDER BY suite
