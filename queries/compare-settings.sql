-- question: Were the runs measured alike, or with which settings that differ?
-- grain: one row per measure, preset, setting and value that not all of the runs share
-- note: Of each run the configurations in force are looked at (latest_units). Values that differ make the runs hard to
--   compare, unless the models themselves ask for them, as the layers that are classified do.
-- param runs text? = null : runs compared, separated by commas, each a suite or suite@seed; null: every suite
-- column measure text : what is measured
-- column preset text : preset of heuristics; null where the measure uses none
-- column setting text : column of configurations, or measure_version
-- column value text : its value; null where it has none
-- column runs text : runs measured with it, separated by commas
-- column leads boolean : true in one row of each setting

WITH asked AS (
  SELECT run, suite, seed
  FROM runs
  WHERE CASE WHEN $runs IS NULL THEN run = suite ELSE list_contains(string_split($runs, ','), run) END
),
in_force AS (
  SELECT DISTINCT run, measure, preset, configuration_id, measure_version
  FROM asked JOIN latest_units USING (suite, seed)
),
wide AS (
  SELECT f.run, f.measure, f.preset, f.measure_version, c.* EXCLUDE (configuration_id, measure, preset, prompts_hash)
  FROM in_force AS f JOIN configurations AS c USING (configuration_id, measure)
),
texts AS (
  SELECT run, measure, preset, COLUMNS(* EXCLUDE (run, measure, preset))::TEXT FROM wide
),
long AS (
  FROM texts UNPIVOT INCLUDE NULLS (value FOR setting IN (* EXCLUDE (run, measure, preset)))
),
summed AS (
  SELECT measure, preset, setting, value, string_agg(DISTINCT run, ', ' ORDER BY run) AS runs
  FROM long
  GROUP BY measure, preset, setting, value
),
differing AS (
  SELECT *
  FROM summed
  QUALIFY count(*) OVER (PARTITION BY measure, preset, setting) > 1
)
SELECT measure, preset, setting, value, runs,
  row_number() OVER (PARTITION BY setting ORDER BY measure, preset, runs, value) = 1 AS leads
FROM differing
ORDER BY measure, preset, setting, runs, value
