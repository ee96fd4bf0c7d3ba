-- question: What can be compared of these runs: how many are there, by which preset of heuristics?
-- grain: one row, none when no run is in the database
-- note: The preset is the one classified for most of the runs, at equal numbers paper.
-- param runs text? = null : runs compared, separated by commas, each a suite or suite@seed; null: every suite
-- column runs int : runs in the database
-- column several boolean : true when there is more than one
-- column measured int : of these, with a finished unit
-- column preset text : preset of heuristics compared; null when none was classified
-- column preset_runs int : runs classified by it
-- column not_all_classified boolean : true when it was classified for some of the runs, not for all
-- column several_seeds boolean : true when a run has several seeds
-- column one_seed boolean : true when a run has one seed
-- column from_zero boolean : true when a checkpoint without training was measured
-- column first_tokens bigint : fewest training tokens above 0 of a measured checkpoint; null when unknown
-- column last_tokens bigint : most of them

WITH asked AS (
  SELECT run, suite, seed
  FROM runs
  WHERE CASE WHEN $runs IS NULL THEN run = suite ELSE list_contains(string_split($runs, ','), run) END
),
sizes AS (
  SELECT run, count(*) AS seeds FROM asked GROUP BY run
),
done AS (
  SELECT run, measure, preset, tokens
  FROM asked JOIN latest_units USING (suite, seed)
),
presets AS (
  SELECT preset, count(DISTINCT run) AS runs
  FROM done
  WHERE measure = 'classification'
  GROUP BY preset
  ORDER BY runs DESC, preset <> 'paper', preset
  LIMIT 1
)
SELECT count(*)::INTEGER AS runs,
  count(*) > 1 AS several,
  (SELECT count(DISTINCT run) FROM done)::INTEGER AS measured,
  any_value(presets.preset) AS preset,
  coalesce(any_value(presets.runs), 0)::INTEGER AS preset_runs,
  any_value(presets.runs) IS NOT NULL AND any_value(presets.runs) < count(*) AS not_all_classified,
  max(seeds) > 1 AS several_seeds,
  min(seeds) = 1 AS one_seed,
  coalesce((SELECT min(tokens) = 0 FROM done), false) AS from_zero,
  (SELECT min(tokens) FILTER (tokens > 0) FROM done) AS first_tokens,
  (SELECT max(tokens) FILTER (tokens > 0) FROM done) AS last_tokens
FROM sizes
LEFT JOIN presets ON true
HAVING count(*) > 0
