-- question: Do prompts that fail have fewer or weaker heuristic neurons, and at how many steps?
-- grain: one row per suite, seed, preset and operator with a step at which both groups were measured
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- column suite text : suite
-- column seed int : training seed
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column name text : the operator in words
-- column step int : last step with both groups
-- column last_step int : last measured step
-- column ends_early boolean : true when it comes later: a group is missing there
-- column steps int : steps with both groups
-- column neurons_correct double : heuristic neurons that hold, mean over correct prompts at the last step with both groups
-- column neurons_incorrect double : the same over incorrect ones
-- column fewer_steps int : steps at which the second is lower, the 95 % interval of the difference leaving out 0
-- column more_steps int : steps at which it is higher, in the same way
-- column more_often boolean : true when these are more
-- column logits_correct double : their logits for the answer together, mean over correct prompts at that step
-- column logits_incorrect double : the same over incorrect ones
-- column weaker_steps int : steps at which the second is lower, the 95 % interval of the difference leaving out 0
-- column stronger_steps int : steps at which it is higher, in the same way
-- column stronger_often boolean : true when these are more

WITH groups AS (
  SELECT suite, seed, step, preset, operator,
    max(step) OVER (PARTITION BY suite, seed, preset, operator) AS last_step,
    prompts, mean_neurons, sd_neurons ** 2 / n AS error_neurons, mean_logit_sum, sd_logit_sum ** 2 / n AS error_logits,
    null_reason
  FROM latest_units
  JOIN failure_modes USING (unit_id, suite, seed, step)
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
),
pairs AS (
  SELECT suite, seed, step, last_step, preset, operator,
    max(mean_neurons) FILTER (prompts = 'correct') AS neurons_correct,
    max(mean_neurons) FILTER (prompts = 'incorrect') AS neurons_incorrect,
    max(mean_logit_sum) FILTER (prompts = 'correct') AS logits_correct,
    max(mean_logit_sum) FILTER (prompts = 'incorrect') AS logits_incorrect,
    1.96 * sqrt(sum(error_neurons)) AS width_neurons,
    1.96 * sqrt(sum(error_logits)) AS width_logits
  FROM groups
  WHERE null_reason IS NULL
  GROUP BY suite, seed, step, last_step, preset, operator
  HAVING count(*) = 2
),
verdicts AS (
  SELECT *,
    neurons_correct - neurons_incorrect > width_neurons AS fewer,
    neurons_incorrect - neurons_correct > width_neurons AS more,
    logits_correct - logits_incorrect > width_logits AS weaker,
    logits_incorrect - logits_correct > width_logits AS stronger
  FROM pairs
)
SELECT suite, seed, preset, operator,
  CASE operator WHEN '+' THEN 'addition' WHEN '-' THEN 'subtraction' WHEN '*' THEN 'multiplication' ELSE 'division' END AS name,
  max(step) AS step,
  max(last_step) AS last_step,
  max(step) < max(last_step) AS ends_early,
  count(*)::INTEGER AS steps,
  arg_max(neurons_correct, step) AS neurons_correct,
  arg_max(neurons_incorrect, step) AS neurons_incorrect,
  (count(*) FILTER (fewer))::INTEGER AS fewer_steps,
  (count(*) FILTER (more))::INTEGER AS more_steps,
  count(*) FILTER (more) > count(*) FILTER (fewer) AS more_often,
  arg_max(logits_correct, step) AS logits_correct,
  arg_max(logits_incorrect, step) AS logits_incorrect,
  (count(*) FILTER (weaker))::INTEGER AS weaker_steps,
  (count(*) FILTER (stronger))::INTEGER AS stronger_steps,
  count(*) FILTER (stronger) > count(*) FILTER (weaker) AS stronger_often
FROM verdicts
GROUP BY suite, seed, preset, operator
ORDER BY suite, seed, preset, strpos('+-*/', operator)
