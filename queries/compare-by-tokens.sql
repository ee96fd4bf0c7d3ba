-- question: How do runs develop over the tokens they were trained on?
-- grain: one row per run, preset (null for accuracy), quantity, operator, family and step
-- note: A run of several seeds is shown by the mean over those measured at the step; its line is drawn where complete.
-- param runs text? = null : runs compared, separated by commas, each a suite or suite@seed; null: every suite
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param quantity text? = null of seed_levels.quantity : accuracy, classified, shared_with_reference, faithfulness or knockout_drop; null: all
-- param family text? = 'any' of seed_levels.family : kind of heuristics, for classified; any: over all; null: each
-- param operator text? = null of neurons.operator : one of + - * /; null: all
-- column run text : name: suite, or suite@seed
-- column preset text : preset of heuristics; null for accuracy
-- column quantity text : accuracy (share of prompts), classified (share of live neurons above chance), shared_with_reference (share of the final pairs present), faithfulness (of the heuristic neurons) or knockout_drop (what more of a heuristic's own prompts fail without it than of others)
-- column operator text : arithmetic operator
-- column family text : kind of heuristics; any: all
-- column is_kind boolean : true when it is one kind
-- column step int : training step (optimiser updates)
-- column tokens bigint : training tokens seen at this step
-- column value double : mean over the seeds
-- column low double : lower end of the 95 % interval over prompts (one seed) or of the range over seeds; null when there is none
-- column high double : upper end of it
-- column spread text : what low and high are over: prompts or seeds; null when there is none
-- column seeds int : seeds measured at this step
-- column run_seeds int : seeds of the run measured at any step
-- column complete boolean : true when all of them were measured at this step
-- column null_reason text : why the value of this row is null; null where measured

WITH asked AS (
  SELECT DISTINCT run
  FROM runs
  WHERE CASE WHEN $runs IS NULL THEN run = suite ELSE list_contains(string_split($runs, ','), run) END
)
SELECT run, preset, quantity, operator, family, family <> 'any' AS is_kind, step, tokens, value, low, high, spread, seeds, run_seeds, complete,
  null_reason
FROM run_levels
JOIN asked USING (run)
WHERE tokens IS NOT NULL
  AND (preset IS NULL OR $preset IS NULL OR preset = $preset)
  AND ($quantity IS NULL OR quantity = $quantity)
  AND ($family IS NULL OR family = $family)
  AND ($operator IS NULL OR operator = $operator)
ORDER BY list_position(string_split($runs, ','), run), run, preset, quantity, strpos('+-*/', operator), family, step
