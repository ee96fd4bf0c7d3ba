-- question: Do single prompts fail without the neurons of their own heuristics, more than without random ones?
-- grain: one row per suite, seed, step, preset, operator, neurons per layer and kind
-- paper: Fig. 8, Fig. 10c
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = null of neurons.operator : one of + - * /; null: all
-- param neurons_per_layer int? = null of prompt_knockouts.neurons_per_layer : neurons knocked out per heuristic layer; null: all tried
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column tokens bigint : training tokens seen at this step; null when unknown
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column neurons_per_layer int : neurons knocked out in each heuristic layer, at most
-- column kind text : associated: neurons of the prompt's heuristics; control: random others
-- column n int : correct prompts tried
-- column correct int : prompts still correct
-- column accuracy double : correct / n; 1 before
-- column ci_low double : lower end of the Wilson 95 % interval, share
-- column ci_high double : upper end of the Wilson 95 % interval, share
-- column mean_neurons double : neurons really knocked out, all layers together, mean over prompts
-- column null_reason text : why the values of this row are null; null where measured

SELECT suite, seed, step, tokens, preset, operator, neurons_per_layer, kind, n, correct, accuracy, ci_low, ci_high,
  mean_neurons, null_reason
FROM latest_units
JOIN prompt_knockouts USING (unit_id, suite, seed, step)
WHERE ($suite IS NULL OR suite = $suite)
  AND ($seed IS NULL OR seed = $seed)
  AND ($preset IS NULL OR preset = $preset)
  AND ($operator IS NULL OR operator = $operator)
  AND ($neurons_per_layer IS NULL OR neurons_per_layer = $neurons_per_layer)
ORDER BY suite, seed, preset, strpos('+-*/', operator), neurons_per_layer, kind, step
