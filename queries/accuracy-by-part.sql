-- question: Does the model calculate as well on prompts it was not trained on, and on those that are not trivial?
-- grain: one row per suite, seed, step, operator and part of the prompts; only what was measured
-- param suite text? = null of suites.suite : suite; null: all
-- param operator text? = null of neurons.operator : one of + - * /; null: all
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column tokens bigint : training tokens seen at this step; null when unknown
-- column operator text : arithmetic operator
-- column part text : trained on, held out or not trivial
-- column n int : prompts in the part
-- column accuracy double : share of them answered correctly
-- column ci_low double : lower end of the Wilson 95 % interval, share
-- column ci_high double : upper end of the Wilson 95 % interval, share

SELECT suite, seed, step, tokens, operator,
  CASE prompt_set WHEN 'train' THEN 'trained on' WHEN 'held_out' THEN 'held out' ELSE 'not trivial' END AS part,
  n, accuracy, ci_low, ci_high
FROM latest_units
JOIN accuracy USING (unit_id, suite, seed, step)
WHERE prompt_set IN ('train', 'held_out', 'non_trivial')
  AND accuracy IS NOT NULL
  AND ($suite IS NULL OR suite = $suite)
  AND ($operator IS NULL OR operator = $operator)
ORDER BY suite, seed, strpos('+-*/', operator), part, step
