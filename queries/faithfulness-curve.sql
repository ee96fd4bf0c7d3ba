-- question: How many heads, or neurons per layer, does it take to give the answer?
-- grain: one row per suite, seed, step, preset, operator, kind, derived and circuit
-- paper: Fig. 4b
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = null of neurons.operator : one of + - * /; null: all
-- param kind text = 'heads' of faithfulness.kind : heads: best heads and all MLPs; neurons: best neurons per heuristic layer
-- param derived text? = null of faithfulness.derived : where they were ranked: here or reference; null: both
-- param step int? = null of checkpoints.step : training step; null: the last measured one of each operator
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column kind text : what is kept: heads, neurons, heuristic_neurons or mutual_neurons
-- column derived text : where heads and neurons were ranked: here, or reference
-- column kept int : place on the curve: heads, or neurons per layer; for other kinds neurons
-- column circuit text : the circuit in words
-- column heads int : attention heads kept; null: all
-- column neurons_per_layer int : neurons kept in each heuristic layer; null where not fixed
-- column neurons int : neurons kept in all heuristic layers together; null: all
-- column n int : prompts that faithfulness is the mean of
-- column below_floor int : prompts left out, since NL(model) - NL(none) is too small
-- column faithfulness double : mean over prompts of (NL(circuit) - NL(none)) / (NL(model) - NL(none))
-- column ci_low double : lower end of its bootstrap 95 % interval over prompts
-- column ci_high double : upper end of it
-- column ratio_of_means double : the same of the mean NLs
-- column nl_circuit double : mean NL of the circuit: logit of the answer / largest logit
-- column nl_none double : mean NL with everything ablated
-- column nl_model double : mean NL of the whole model
-- column accuracy double : share of prompts that the circuit alone completes correctly
-- column null_reason text : why the values of this row are null; null where measured

WITH circuits AS (
  SELECT suite, seed, step, preset, faithfulness.* EXCLUDE (unit_id, suite, seed, step)
  FROM latest_units
  JOIN faithfulness USING (unit_id, suite, seed, step)
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
    AND ($operator IS NULL OR operator = $operator)
    AND ($step IS NULL OR step = $step)
    AND kind = $kind
    AND ($derived IS NULL OR derived = $derived)
)
SELECT suite, seed, step, preset, operator, kind, derived,
  CASE kind WHEN 'heads' THEN heads WHEN 'neurons' THEN neurons_per_layer ELSE neurons END AS kept,
  circuit, heads, neurons_per_layer, neurons, n, below_floor,
  faithfulness, ci_low, ci_high, ratio_of_means, nl_circuit, nl_none, nl_model, accuracy, null_reason
FROM circuits
QUALIFY step = coalesce(
  max(step) FILTER (null_reason IS NULL) OVER (PARTITION BY suite, seed, preset, operator),
  max(step) OVER (PARTITION BY suite, seed, preset, operator)
)
ORDER BY suite, seed, preset, strpos('+-*/', operator), kind, derived, kept NULLS LAST, circuit
