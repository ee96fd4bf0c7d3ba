-- question: Have prompts that fail fewer heuristic neurons, or weaker ones, than prompts that succeed?
-- grain: one row per suite, seed, step, preset, operator and group of prompts
-- note: Intervals are those of a mean of n independent prompts: 1.96 standard deviations / sqrt(n) to both sides.
-- paper: Fig. 9
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = null of neurons.operator : one of + - * /; null: all
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column tokens bigint : training tokens seen at this step; null when unknown
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column prompts text : correct or incorrect: how the model completes them at this step
-- column n int : prompts looked at
-- column mean_neurons double : neurons with a heuristic that holds for the prompt, mean over prompts
-- column neurons_low double : lower end of its 95 % interval
-- column neurons_high double : upper end of it
-- column mean_logit_sum double : sum over these neurons of activation x direct logit of the answer, mean over prompts
-- column logit_sum_low double : lower end of its 95 % interval
-- column logit_sum_high double : upper end of it
-- column null_reason text : why the values of this row are null; null where measured

SELECT suite, seed, step, tokens, preset, operator, prompts, n,
  mean_neurons,
  mean_neurons - 1.96 * sd_neurons / sqrt(nullif(n, 0)) AS neurons_low,
  mean_neurons + 1.96 * sd_neurons / sqrt(nullif(n, 0)) AS neurons_high,
  mean_logit_sum,
  mean_logit_sum - 1.96 * sd_logit_sum / sqrt(nullif(n, 0)) AS logit_sum_low,
  mean_logit_sum + 1.96 * sd_logit_sum / sqrt(nullif(n, 0)) AS logit_sum_high,
  null_reason
FROM latest_units
JOIN failure_modes USING (unit_id, suite, seed, step)
WHERE ($suite IS NULL OR suite = $suite)
  AND ($seed IS NULL OR seed = $seed)
  AND ($preset IS NULL OR preset = $preset)
  AND ($operator IS NULL OR operator = $operator)
ORDER BY suite, seed, preset, strpos('+-*/', operator), prompts, step
