-- question: Which heuristics does the model need for the very prompts that they hold for?
-- grain: one row per suite, seed, step, preset, operator and heuristic knocked out, the largest difference first
-- paper: Fig. 7
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = null of neurons.operator : one of + - * /; null: all
-- param family text? = null of heuristics.family : kind of heuristics; null: all
-- param step int? = null of checkpoints.step : training step; null: the last measured one of each operator
-- param most int = 20 : heuristics per operator, at most
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column heuristic text : key of the heuristic
-- column target text : what it speaks of
-- column family text : kind of heuristic
-- column neurons int : neurons knocked out: those that implement it
-- column associated_n int : correct prompts tried that it holds for
-- column drop_associated double : share of them that fail without its neurons
-- column other_n int : correct prompts tried that it does not hold for
-- column drop_other double : share of them that fail without its neurons
-- column difference double : drop_associated - drop_other
-- column difference_low double : lower end of its 95 % interval over prompts (Agresti and Caffo)
-- column difference_high double : upper end of it
-- column null_reason text : why the values of this row are null; null where measured

WITH drops AS (
  SELECT *
  FROM knockout_drops
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
    AND ($operator IS NULL OR operator = $operator)
    AND ($step IS NULL OR step = $step)
    AND ($family IS NULL OR family = $family)
  QUALIFY step = coalesce(
    max(step) FILTER (null_reason IS NULL) OVER (PARTITION BY suite, seed, preset, operator),
    max(step) OVER (PARTITION BY suite, seed, preset, operator)
  )
)
SELECT suite, seed, step, preset, operator, heuristic, target, family, neurons, associated_n, drop_associated,
  other_n, drop_other, difference, difference_low, difference_high, null_reason
FROM drops
QUALIFY row_number() OVER (
  PARTITION BY suite, seed, preset, operator ORDER BY difference DESC NULLS LAST, heuristic
) <= $most
ORDER BY suite, seed, preset, strpos('+-*/', operator), difference DESC NULLS LAST, heuristic
