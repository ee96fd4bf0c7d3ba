-- question: Which values are null, why, and at which steps?
-- grain: one row per suite, measure, table of facts, operator, set of prompts (null but for accuracy) and reason
-- note: Constant neurons are null too, by their definition; they stand in neuron-states. An exact effect that was not
--   taken is null without a reason and not counted here.
-- param suite text? = null of suites.suite : suite; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- column suite text : suite
-- column measure text : what was measured
-- column fact text : table that holds the rows
-- column operator text : arithmetic operator
-- column prompt_set text : prompts measured on; null but for accuracy
-- column null_reason text : why the values are null
-- column checkpoints int : checkpoints concerned, over all seeds
-- column rows int : rows concerned; for classification, operators at a checkpoint
-- column first_step int : first of their steps
-- column last_step int : last of their steps

WITH reasons AS (
  SELECT unit_id, 'accuracy' AS fact, operator, prompt_set, null_reason FROM accuracy
  UNION ALL BY NAME SELECT unit_id, 'component_effects' AS fact, operator, null_reason FROM component_effects
  UNION ALL BY NAME SELECT unit_id, 'neuron_effects' AS fact, operator, null_reason FROM neuron_effects
  UNION ALL BY NAME SELECT unit_id, 'effect_agreement' AS fact, operator, null_reason FROM effect_agreement
  UNION ALL BY NAME SELECT unit_id, 'probe_accuracy' AS fact, operator, null_reason FROM probe_accuracy
  UNION ALL BY NAME SELECT unit_id, 'neurons' AS fact, operator, null_reason FROM classification_steps
  UNION ALL BY NAME SELECT unit_id, 'classification_chance' AS fact, operator, null_reason
    FROM classification_chance ANTI JOIN classification_steps USING (unit_id, operator, null_reason)
  UNION ALL BY NAME SELECT unit_id, 'faithfulness' AS fact, operator, null_reason FROM faithfulness
  UNION ALL BY NAME SELECT unit_id, 'heuristic_knockouts' AS fact, operator, null_reason FROM heuristic_knockouts
  UNION ALL BY NAME SELECT unit_id, 'prompt_knockouts' AS fact, operator, null_reason FROM prompt_knockouts
  UNION ALL BY NAME SELECT unit_id, 'failure_modes' AS fact, operator, null_reason FROM failure_modes
  UNION ALL BY NAME SELECT unit_id, 'neuron_maps' AS fact, operator, null_reason FROM neuron_maps
),
nulls AS (
  SELECT suite, measure, fact, operator, prompt_set, null_reason, seed, step
  FROM latest_units
  JOIN reasons USING (unit_id)
  WHERE null_reason IS NOT NULL
    AND ($suite IS NULL OR suite = $suite)
    AND ($preset IS NULL OR preset IS NULL OR preset = $preset)
)
SELECT suite, measure, fact, operator, prompt_set, null_reason,
  count(DISTINCT (seed, step))::INTEGER AS checkpoints,
  count(*)::INTEGER AS rows,
  min(step) AS first_step,
  max(step) AS last_step
FROM nulls
GROUP BY suite, measure, fact, operator, prompt_set, null_reason
ORDER BY suite, measure, fact, strpos('+-*/', operator), prompt_set, null_reason
