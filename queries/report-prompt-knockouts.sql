-- question: How many prompts stay correct without the neurons of their own heuristics, at the end and over training?
-- grain: one row per suite, seed, step, preset, operator, neurons per layer and kind
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column neurons_per_layer int : neurons knocked out in each heuristic layer, at most
-- column kind text : what is knocked out: neurons of its own heuristics, or random others
-- column n int : correct prompts tried
-- column accuracy double : share of them still correct
-- column ci_low double : lower end of the Wilson 95 % interval
-- column ci_high double : upper end of it
-- column mean_neurons double : neurons really knocked out, all layers together, mean over prompts
-- column is_last boolean : true at the last step measured; null when none was
-- column is_most boolean : true for the most neurons per layer tried
-- column null_reason text : why the values of this row are null; null where measured

SELECT suite, seed, step, preset, operator, neurons_per_layer,
  CASE kind WHEN 'associated' THEN 'own heuristics' ELSE 'random others' END AS kind,
  n, accuracy, ci_low, ci_high, mean_neurons,
  step = max(step) FILTER (null_reason IS NULL) OVER (PARTITION BY suite, seed, preset, operator) AS is_last,
  neurons_per_layer = max(neurons_per_layer) OVER (PARTITION BY suite, seed, preset, operator) AS is_most,
  null_reason
FROM latest_units
JOIN prompt_knockouts USING (unit_id, suite, seed, step)
WHERE ($suite IS NULL OR suite = $suite)
  AND ($seed IS NULL OR seed = $seed)
  AND ($preset IS NULL OR preset = $preset)
ORDER BY suite, seed, preset, strpos('+-*/', operator), neurons_per_layer, kind, step
