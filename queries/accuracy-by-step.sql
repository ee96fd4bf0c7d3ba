-- question: How well does the model calculate at each step?
-- grain: one row per suite, seed, step, operator and set of prompts
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param operator text? = null of neurons.operator : one of + - * /; null: all
-- param prompt_set text? = 'universe' of accuracy.prompt_set : prompts measured on; null: all sets
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column tokens bigint : training tokens seen at this step; null when unknown
-- column operator text : arithmetic operator
-- column prompt_set text : prompts measured on
-- column n int : prompts in the set
-- column correct int : prompts answered correctly
-- column accuracy double : correct / n, share
-- column ci_low double : lower end of the Wilson 95 % interval, share
-- column ci_high double : upper end of the Wilson 95 % interval, share
-- column null_reason text : why the values of this row are null; null where measured

SELECT suite, seed, step, tokens, operator, prompt_set, n, correct, accuracy, ci_low, ci_high, null_reason
FROM latest_units
JOIN accuracy USING (unit_id, suite, seed, step)
WHERE ($suite IS NULL OR suite = $suite)
  AND ($seed IS NULL OR seed = $seed)
  AND ($operator IS NULL OR operator = $operator)
  AND ($prompt_set IS NULL OR prompt_set = $prompt_set)
ORDER BY suite, seed, prompt_set, strpos('+-*/', operator), step
