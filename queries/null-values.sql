-- question: Which values are null, why, and at which steps?
-- grain: one row per suite, measure, operator, set of prompts (null for classification) and reason
-- note: Constant neurons are null too, by their definition; they stand in neuron-states.
-- param suite text? = null of suites.suite : suite; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- column suite text : suite
-- column measure text : what was measured
-- column operator text : arithmetic operator
-- column prompt_set text : prompts measured on; null for classification
-- column null_reason text : why the values are null
-- column checkpoints int : checkpoints concerned, over all seeds
-- column first_step int : first of their steps
-- column last_step int : last of their steps

WITH nulls AS (
  SELECT units.suite, 'accuracy' AS measure, operator, prompt_set, null_reason, units.seed, units.step
  FROM latest_units AS units
  JOIN accuracy USING (unit_id)
  WHERE null_reason IS NOT NULL
  UNION ALL
  SELECT suite, 'classification', operator, NULL, null_reason, seed, step
  FROM classification_steps
  WHERE null_reason IS NOT NULL
    AND ($preset IS NULL OR preset = $preset)
)
SELECT suite, measure, operator, prompt_set, null_reason,
  count(DISTINCT (seed, step))::INTEGER AS checkpoints,
  min(step) AS first_step,
  max(step) AS last_step
FROM nulls
WHERE $suite IS NULL OR suite = $suite
GROUP BY suite, measure, operator, prompt_set, null_reason
ORDER BY suite, measure, strpos('+-*/', operator), prompt_set, null_reason
