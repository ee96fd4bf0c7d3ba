-- question: How much of the answer does each circuit explain at each step?
-- grain: one row per suite, seed, step, preset, operator, kind, derived and circuit
-- paper: Eq. 2
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = null of neurons.operator : one of + - * /; null: all
-- param kind text? = null of faithfulness.kind : heads, neurons, heuristic_neurons or mutual_neurons; null: all
-- param derived text? = null of faithfulness.derived : where they were ranked: here or reference; null: both
-- param circuit text? = null of faithfulness.circuit : the circuit in words, e.g. 6 heads; null: all
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column tokens bigint : training tokens seen at this step; null when unknown
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column kind text : what is kept: heads, neurons, heuristic_neurons or mutual_neurons
-- column derived text : where heads and neurons were ranked: here, or reference
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

SELECT suite, seed, step, tokens, preset, operator, kind, derived, circuit, heads, neurons_per_layer, neurons, n, below_floor,
  faithfulness, ci_low, ci_high, ratio_of_means, nl_circuit, nl_none, nl_model, accuracy, null_reason
FROM latest_units
JOIN faithfulness USING (unit_id, suite, seed, step)
WHERE ($suite IS NULL OR suite = $suite)
  AND ($seed IS NULL OR seed = $seed)
  AND ($preset IS NULL OR preset = $preset)
  AND ($operator IS NULL OR operator = $operator)
  AND ($kind IS NULL OR kind = $kind)
  AND ($derived IS NULL OR derived = $derived)
  AND ($circuit IS NULL OR circuit = $circuit)
ORDER BY suite, seed, preset, strpos('+-*/', operator), kind, derived, heads, neurons_per_layer, circuit, step
