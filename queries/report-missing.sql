-- question: Why has a measure no values at some checkpoints, in words?
-- grain: one row per suite and reason, the most frequent first
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param fact text = 'faithfulness' : table of facts
-- column suite text : suite
-- column null_reason text : the reason
-- column why text : the reason in words
-- column operators text : operators concerned, separated by commas
-- column first_step int : first step concerned
-- column last_step int : last step concerned
-- column several boolean : true when there are several steps

WITH reasons AS (
  SELECT unit_id, 'faithfulness' AS fact, operator, null_reason FROM faithfulness
  UNION ALL BY NAME SELECT unit_id, 'component_effects' AS fact, operator, null_reason FROM component_effects
  UNION ALL BY NAME SELECT unit_id, 'effect_agreement' AS fact, operator, null_reason FROM effect_agreement
    WHERE layer IS NULL
  UNION ALL BY NAME SELECT unit_id, 'probe_accuracy' AS fact, operator, null_reason FROM probe_accuracy
  UNION ALL BY NAME SELECT unit_id, 'heuristic_knockouts' AS fact, operator, null_reason FROM heuristic_knockouts
  UNION ALL BY NAME SELECT unit_id, 'prompt_knockouts' AS fact, operator, null_reason FROM prompt_knockouts
  UNION ALL BY NAME SELECT unit_id, 'failure_modes' AS fact, operator, null_reason FROM failure_modes
)
SELECT suite, null_reason,
  CASE null_reason
    WHEN 'too_few_correct' THEN 'too few prompts are completed correctly'
    WHEN 'too_few_prompts' THEN 'there are too few prompts of the kind'
    WHEN 'denominator_below_floor' THEN 'the whole model hardly does better than with everything ablated'
    WHEN 'constant' THEN 'the values hardly vary'
    WHEN 'not_finite' THEN 'a value is not finite'
    WHEN 'no_reference' THEN 'the reference checkpoint has none'
    ELSE 'there was nothing to try'
  END AS why,
  string_agg(DISTINCT operator, ', ' ORDER BY strpos('+-*/', operator)) AS operators,
  min(step) AS first_step,
  max(step) AS last_step,
  min(step) < max(step) AS several
FROM latest_units
JOIN reasons USING (unit_id)
WHERE null_reason IS NOT NULL
  AND fact = $fact
  AND ($suite IS NULL OR suite = $suite)
  AND ($seed IS NULL OR seed = $seed)
  AND ($preset IS NULL OR preset IS NULL OR preset = $preset)
GROUP BY suite, null_reason
ORDER BY suite, count(*) DESC, null_reason
