-- question: What were the measured levels of each trajectory, and what do the fitted curves say they are?
-- grain: one row per suite, seed, trajectory and measured step
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics, beside accuracy; null: all
-- param operator text? = null of emergence.operator : one of + - * /; null: all
-- param quantity text? = null of emergence.quantity : accuracy, classified, shared_with_reference or knockout_drop; null: all
-- param prompt_set text? = null of emergence.prompt_set : prompts of an accuracy; null: every row
-- param family text? = null of emergence.family : kind of heuristics of classified neurons; any: all kinds together; null: every row
-- column suite text : suite
-- column seed int : training seed
-- column trajectory text : readable name, the same for all seeds
-- column quantity text : accuracy, classified, shared_with_reference or knockout_drop
-- column operator text : arithmetic operator
-- column name text : the operator in words
-- column preset text : preset of heuristics; null for accuracy
-- column prompt_set text : prompts of an accuracy; null for other quantities
-- column family text : kind of heuristics of classified neurons; any: all; null for other quantities
-- column verdict text : gradual, abrupt, no_change or undetermined
-- column null_reason text : why it is undetermined; null otherwise
-- column step int : training step (optimiser updates)
-- column level double : measured level, less chance where that is subtracted
-- column successes int : prompts, neurons or pairs counted; null for values
-- column trials int : of so many; null for values
-- column chance double : share by chance that is subtracted; null where none is
-- column logistic double : level of the fitted logistic that times are read off; null with too few steps
-- column change_point double : level of the best change point; null with too few steps
-- column line double : level of the straight line over log steps; null with too few steps
-- column power_law double : level of the power law; null with too few steps
-- column headline boolean : true for accuracy on the universe and for classified neurons of all kinds

SELECT suite, seed, trajectory, quantity, operator,
  CASE operator WHEN '+' THEN 'addition' WHEN '-' THEN 'subtraction' WHEN '*' THEN 'multiplication' ELSE 'division' END
    AS name,
  preset, prompt_set, family, verdict, null_reason, step, level, successes, trials, chance, logistic, change_point, line, power_law,
  coalesce(prompt_set = 'universe' OR family = 'any', false) AS headline
FROM emergence
JOIN emergence_levels USING (suite, seed, trajectory)
WHERE ($suite IS NULL OR suite = $suite)
  AND ($seed IS NULL OR seed = $seed)
  AND ($preset IS NULL OR preset IS NULL OR preset = $preset)
  AND ($operator IS NULL OR operator = $operator)
  AND ($quantity IS NULL OR quantity = $quantity)
  AND ($prompt_set IS NULL OR prompt_set = $prompt_set)
  AND ($family IS NULL OR family = $family)
ORDER BY suite, seed, quantity, strpos('+-*/', operator), preset, prompt_set, family, step
