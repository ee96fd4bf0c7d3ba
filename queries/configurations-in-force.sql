-- question: With which settings were the values measured that the views show?
-- grain: one row per suite, measure, configuration and version of the measure
-- note: A setting that does not decide the values of a measure is null there.
-- param suite text? = null of suites.suite : suite; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- column suite text : suite
-- column measure text : what was measured
-- column preset text : preset of heuristics
-- column configuration_id text : hash of all settings
-- column measure_version int : version of the program code of the measure
-- column prompt_set text : prompts measured on, or that analysis prompts are drawn from
-- column prompts_hash text : sha256 of the prompts, their splits and roles
-- column max_operand int : operands are 0 .. max_operand - 1
-- column largest_operand int : max_operand - 1
-- column max_single_token int : largest answer
-- column classifies boolean : true for classification
-- column threshold double : least score of a match, share of the top k
-- column largest_base_rate double : heuristics above this base rate are left out; null: none
-- column layer_first int : first heuristic layer, from 0
-- column layer_last int : last heuristic layer, from 0
-- column neurons text : which neurons of these layers are classified: all, or top
-- column analysis_seed int : seed that drew the analysis prompts
-- column ties_seed int : seed that breaks ties in a map
-- column null_seed int : seed of the permutations of the chance level
-- column min_prompts int : fewest prompts to measure on; below it values are null
-- column analysis_prompts int : prompts per operator in each analysis set, at most
-- column counterfactuals text : prompts that counterfactuals are drawn from
-- column rank_by text : what heads are ranked by: logit, or paper (mean of E)
-- column neuron_score text : what neurons are ranked by: mean+sd, or mean
-- column top_neurons double : top neurons per layer: a share of d_mlp below 1, else a number
-- column exact_neurons int : neurons per operator whose exact effect is taken, at most
-- column circuit_heads text : numbers of heads of the circuits, separated by commas
-- column circuit_neurons text : neurons per layer of the circuits: shares of d_mlp below 1, else numbers
-- column faithfulness_floor double : least NL(model) - NL(none) of a prompt that counts
-- column bootstrap_samples int : samples of the bootstrap intervals
-- column probe_prompts int : prompts per operator that probes are trained and tested on
-- column probe_split text : what the probes hold out: unordered_pair, or prompt
-- column probe_epochs int : passes of a probe over its training prompts
-- column probe_batch int : training prompts per update of a probe
-- column probe_learning_rate double : learning rate of the Adam that trains probes
-- column knockout_positions text : positions at which neurons are set to zero: all, or last
-- column knockout_prompts int : correct prompts per heuristic, associated with it and not, at most
-- column knockout_least_neurons int : fewest neurons of a heuristic that is knocked out
-- column knockout_limits text : neurons per layer of the knock-outs by prompt, separated by commas
-- column knockout_rank text : what the neurons of a prompt are ranked by: score, or count
-- column map_neurons int : neurons per operator whose maps are kept
-- column map_cells int : cells along each operand of a kept map, at most
-- column case_prompts int : prompts looked at one by one, per operator and group
-- column checkpoints int : checkpoints measured so, over all seeds

SELECT units.suite, configurations.measure, configurations.preset, configuration_id, units.measure_version,
  prompt_set, prompts_hash, max_operand,
  max_operand - 1 AS largest_operand,
  max_single_token,
  configurations.measure = 'classification' AS classifies,
  threshold, largest_base_rate,
  heuristic_layers_from AS layer_first,
  heuristic_layers_to - 1 AS layer_last,
  neurons, analysis_seed, ties_seed, null_seed, min_prompts, analysis_prompts, counterfactuals, rank_by, neuron_score,
  top_neurons, exact_neurons, circuit_heads, circuit_neurons, faithfulness_floor, bootstrap_samples, probe_prompts,
  probe_split, probe_epochs, probe_batch, probe_learning_rate, knockout_positions, knockout_prompts, knockout_least_neurons,
  knockout_limits, knockout_rank, map_neurons, map_cells, case_prompts,
  count(*)::INTEGER AS checkpoints
FROM latest_units AS units
JOIN configurations USING (configuration_id)
WHERE ($suite IS NULL OR units.suite = $suite)
  AND ($preset IS NULL OR configurations.preset IS NULL OR configurations.preset = $preset)
GROUP BY ALL
ORDER BY units.suite, configurations.measure, configurations.preset, configuration_id, units.measure_version
