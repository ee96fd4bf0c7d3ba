-- question: When does each family of heuristics rise, peak and fall?
-- grain: one row per suite, seed, preset and family, the earliest to peak first
-- note: The level of a family is its share of live neurons above chance (activations permuted), or the share itself where
--   chance is not stored, as the mean over operators; only steps count at which all operators that have the family
--   were measured.
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- column suite text : suite
-- column seed int : training seed
-- column preset text : preset of heuristics
-- column family text : kind of heuristics
-- column name text : the family in words
-- column operators int : operators that the mean is over
-- column over_chance boolean : true when the level is above chance, false when chance is not stored
-- column peak_level double : largest level, share of live neurons
-- column peak_step int : first step that has it
-- column half_step int : first step with at least half of it
-- column last_level double : level at the last measured step
-- column last_step int : last measured step
-- column peak_share double : share of live neurons, chance included, at peak_step
-- column last_share double : share of live neurons, chance included, at last_step
-- column noticeable boolean : true when the largest level is at least 5 %
-- column declines boolean : true when noticeable and the last level is below three quarters of the largest
-- column several boolean : true when it was measured at several steps: one has no peak

WITH shares AS (
  SELECT suite, seed, preset, family, step, operator, share, excess,
    count(excess) OVER (PARTITION BY suite, seed, preset, family) > 0 AS over_chance
  FROM heuristic_counts
  WHERE target = 'any' AND family <> 'any' AND share IS NOT NULL
    AND ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
),
averages AS (
  SELECT suite, seed, preset, family, over_chance, step, count(*) AS operators, avg(share) AS share,
    avg(CASE WHEN over_chance THEN excess ELSE share END) AS level
  FROM shares
  GROUP BY ALL
),
means AS (
  SELECT *
  FROM averages
  WHERE level IS NOT NULL
  QUALIFY operators = max(operators) OVER (PARTITION BY suite, seed, preset, family)
),
peaks AS (
  SELECT suite, seed, preset, family, over_chance, max(operators) AS operators,
    max(level) AS peak_level, arg_max(step, (level, -step)) AS peak_step,
    arg_max(share, (level, -step)) AS peak_share,
    arg_max(level, step) AS last_level, max(step) AS last_step, arg_max(share, step) AS last_share, count(*) > 1 AS several
  FROM means
  GROUP BY ALL
),
halves AS (
  SELECT suite, seed, preset, family, min(step) FILTER (level >= peak_level / 2) AS half_step
  FROM means
  JOIN peaks USING (suite, seed, preset, family)
  GROUP BY ALL
)
SELECT suite, seed, preset, family,
  CASE family WHEN 'mod' THEN 'modulo' WHEN 'identical' THEN 'equal-operand' WHEN 'multi' THEN 'multi-result'
    ELSE family END AS name,
  operators::INTEGER AS operators,
  over_chance, peak_level, peak_step, half_step, last_level, last_step, peak_share, last_share,
  peak_level >= 0.05 AS noticeable,
  peak_level >= 0.05 AND last_level < 0.75 * peak_level AS declines,
  several
FROM peaks
JOIN halves USING (suite, seed, preset, family)
ORDER BY suite, seed, preset, peak_step, half_step, peak_level DESC, family
