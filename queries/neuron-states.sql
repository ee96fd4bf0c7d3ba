-- question: How many neurons could be classified, and how many are constant?
-- grain: one row per suite, seed, preset and operator, over all measured steps
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- column suite text : suite
-- column seed int : training seed
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column neurons int : neurons of the heuristic layers
-- column fewest_live int : fewest live neurons at any step: those that can be classified
-- column fewest_live_step int : first step that has them
-- column most_constant int : most constant neurons at any step: those whose map hardly varies
-- column last_step int : last measured step
-- column live_neurons int : live neurons at the last step
-- column constant_neurons int : constant neurons at the last step
-- column not_finite int : neurons at the last step that are neither: their map holds infinities

WITH measured AS (
  SELECT *
  FROM classification_steps
  WHERE step_index IS NOT NULL
    AND ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
)
SELECT suite, seed, preset, operator,
  max(neurons) AS neurons,
  min(live_neurons) AS fewest_live,
  arg_min(step, (live_neurons, step)) AS fewest_live_step,
  max(constant_neurons) AS most_constant,
  max(step) AS last_step,
  arg_max(live_neurons, step) AS live_neurons,
  arg_max(constant_neurons, step) AS constant_neurons,
  arg_max(neurons - live_neurons - constant_neurons, step) AS not_finite
FROM measured
GROUP BY suite, seed, preset, operator
ORDER BY suite, seed, preset, strpos('+-*/', operator)
