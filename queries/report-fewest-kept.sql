-- question: How few heads, or neurons per layer, give back most of the answer at the end?
-- grain: one row per suite, seed, preset and operator
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param kind text = 'heads' of faithfulness.kind : heads: best heads and all MLPs; neurons: best neurons per heuristic layer
-- param threshold double = 0.9 : faithfulness asked for
-- column suite text : suite
-- column seed int : training seed
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column name text : the operator in words
-- column step int : last measured step
-- column last_step int : latest of these steps over the operators
-- column earlier_step int : step, where it lies before that; null elsewhere
-- column threshold double : faithfulness asked for
-- column kept int : fewest heads, or neurons per layer, from which on no circuit tried falls below it; null when all do
-- column faithfulness double : faithfulness of that circuit
-- column reached boolean : true when there is one
-- column not_reached boolean : true when there is none
-- column most int : most heads, or neurons per layer, of a circuit tried
-- column all_components int : heads of the model, or neurons of a layer

WITH measured AS (
  SELECT suite, seed, step, preset, operator, faithfulness,
    CASE kind WHEN 'heads' THEN heads ELSE neurons_per_layer END AS kept
  FROM latest_units
  JOIN faithfulness USING (unit_id, suite, seed, step)
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
    AND kind = $kind
    AND derived = 'here'
    AND null_reason IS NULL
  QUALIFY step = max(step) OVER (PARTITION BY suite, seed, preset, operator)
),
so_far AS (
  SELECT *, min(faithfulness) OVER (
    PARTITION BY suite, seed, preset, operator ORDER BY kept DESC
  ) >= $threshold AS enough
  FROM measured
),
summed AS (
  SELECT suite, seed, preset, operator, max(step) AS step,
    min(kept) FILTER (enough) AS kept,
    arg_min(faithfulness, kept) FILTER (enough) AS faithfulness,
    max(kept) AS most
  FROM so_far
  GROUP BY suite, seed, preset, operator
)
SELECT suite, seed, preset, operator,
  CASE operator WHEN '+' THEN 'addition' WHEN '-' THEN 'subtraction' WHEN '*' THEN 'multiplication' ELSE 'division' END AS name,
  step,
  max(step) OVER (PARTITION BY suite, seed, preset) AS last_step,
  nullif(step, max(step) OVER (PARTITION BY suite, seed, preset)) AS earlier_step,
  $threshold AS threshold, kept, faithfulness,
  kept IS NOT NULL AS reached,
  kept IS NULL AS not_reached,
  most,
  CASE $kind WHEN 'heads' THEN n_layers * n_heads ELSE d_mlp END::INTEGER AS all_components
FROM summed
JOIN suites USING (suite)
ORDER BY suite, seed, preset, kept NULLS LAST, strpos('+-*/', operator)
