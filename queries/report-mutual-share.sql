-- question: On average over training, how much of what heuristic neurons explain do those of the final checkpoint explain?
-- grain: one row per suite, seed, preset and operator
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param floor double = 0.05 : least faithfulness of the heuristic neurons that a ratio is taken of
-- column suite text : suite
-- column seed int : training seed
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column name text : the operator in words
-- column reference_step int : last measured step
-- column last_step int : latest of these over the operators
-- column earlier_step int : reference_step, where it lies before that; null elsewhere
-- column steps int : steps before it with a ratio
-- column several boolean : true when there is more than one
-- column first_step int : first of them
-- column first_ratio double : mutual / heuristic faithfulness there
-- column mean_ratio double : mean of the ratio over these steps
-- column lowest_ratio double : lowest of them
-- column lowest_step int : first step that has it
-- column most_neurons int : most heuristic neurons at any of these steps
-- column all_neurons int : neurons of the heuristic layers
-- column frozen_differs boolean : true when heads frozen from the reference give other values
-- column frozen_same boolean : true when they were tried and do not

WITH circuits AS (
  SELECT suite, seed, step, preset, operator, derived, kind, faithfulness.neurons, faithfulness,
    (heuristic_layers_to - heuristic_layers_from) * d_mlp AS all_neurons, null_reason,
    max(step) OVER (PARTITION BY suite, seed, preset, operator) AS reference_step
  FROM latest_units
  JOIN faithfulness USING (unit_id, suite, seed, step)
  JOIN configurations USING (configuration_id, preset)
  JOIN suites USING (suite)
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
    AND kind IN ('heuristic_neurons', 'mutual_neurons')
),
ratios AS (
  SELECT suite, seed, step, preset, operator, reference_step,
    max(neurons) FILTER (kind = 'heuristic_neurons') AS neurons,
    max(faithfulness) FILTER (kind = 'heuristic_neurons' AND derived = 'here') AS heuristic,
    max(faithfulness) FILTER (kind = 'mutual_neurons' AND derived = 'here') AS mutual,
    count(DISTINCT (kind, faithfulness)) > count(DISTINCT kind) AS differs,
    count(DISTINCT derived) > 1 AS has_frozen,
    any_value(all_neurons) AS all_neurons
  FROM circuits
  WHERE null_reason IS NULL
  GROUP BY suite, seed, step, preset, operator, reference_step
),
marked AS (
  SELECT *, mutual / heuristic AS ratio
  FROM ratios
  WHERE heuristic >= $floor AND mutual IS NOT NULL
)
SELECT suite, seed, preset, operator,
  CASE operator WHEN '+' THEN 'addition' WHEN '-' THEN 'subtraction' WHEN '*' THEN 'multiplication' ELSE 'division' END AS name,
  max(reference_step) AS reference_step,
  max(max(reference_step)) OVER (PARTITION BY suite, seed, preset) AS last_step,
  nullif(max(reference_step), max(max(reference_step)) OVER (PARTITION BY suite, seed, preset)) AS earlier_step,
  count(*)::INTEGER AS steps,
  count(*) > 1 AS several,
  min(step) AS first_step,
  arg_min(ratio, step) AS first_ratio,
  avg(ratio) AS mean_ratio,
  min(ratio) AS lowest_ratio,
  arg_min(step, (ratio, step)) AS lowest_step,
  max(neurons) AS most_neurons,
  any_value(all_neurons) AS all_neurons,
  bool_or(differs) AS frozen_differs,
  bool_or(has_frozen) AND NOT bool_or(differs) AS frozen_same
FROM marked
WHERE step < reference_step
GROUP BY suite, seed, preset, operator
ORDER BY suite, seed, preset, strpos('+-*/', operator)
