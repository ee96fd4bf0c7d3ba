-- question: How well do approximate and exact effects of neurons agree at the end, and where least?
-- grain: one row per suite and seed
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- column suite text : suite
-- column seed int : training seed
-- column last_step int : last measured step
-- column last_lowest double : lowest Spearman correlation of an operator at its last measured step
-- column last_highest double : highest Spearman correlation of an operator at its last measured step
-- column last_spread boolean : true when the two differ by 0.005 or more
-- column lowest double : lowest Spearman correlation at any step
-- column lowest_step int : first step that has it
-- column lowest_name text : operator that has it, in words
-- column lowest_is_last boolean : true when it is the last of several steps
-- column lowest_before boolean : true when it is an earlier one
-- column neurons int : neurons compared per operator and step, at most
-- column top_k int : size of the two top sets compared, at most

WITH measured AS (
  SELECT suite, seed, step, operator, spearman, n, top_k,
    CASE operator WHEN '+' THEN 'addition' WHEN '-' THEN 'subtraction' WHEN '*' THEN 'multiplication' ELSE 'division' END AS name,
    step = max(step) OVER (PARTITION BY suite, seed, operator) AS is_last
  FROM latest_units
  JOIN effect_agreement USING (unit_id, suite, seed, step)
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND layer IS NULL
    AND spearman IS NOT NULL
),
summed AS (
  SELECT suite, seed,
    max(step) AS last_step,
    min(spearman) FILTER (is_last) AS last_lowest,
    max(spearman) FILTER (is_last) AS last_highest,
    min(spearman) AS lowest,
    arg_min(step, (spearman, step)) AS lowest_step,
    arg_min(name, (spearman, step, name)) AS lowest_name,
    count(DISTINCT step) AS steps,
    max(n) AS neurons,
    max(top_k) AS top_k
  FROM measured
  GROUP BY suite, seed
)
SELECT suite, seed, last_step, last_lowest, last_highest, last_highest - last_lowest >= 0.005 AS last_spread,
  lowest, lowest_step, lowest_name, lowest_step = last_step AND steps > 1 AS lowest_is_last, lowest_step < last_step AS lowest_before, neurons, top_k
FROM summed
ORDER BY suite, seed
