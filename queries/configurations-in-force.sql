-- question: With which settings were the values measured that the views show?
-- grain: one row per suite, measure, configuration and version of the measure
-- param suite text? = null of suites.suite : suite; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- column suite text : suite
-- column measure text : what was measured
-- column preset text : preset of heuristics; null for accuracy
-- column configuration_id text : hash of all settings
-- column measure_version int : version of the program code of the measure
-- column prompt_set text : prompts measured on
-- column prompts_hash text : sha256 of the prompts, their splits and roles
-- column max_operand int : operands are 0 .. max_operand - 1
-- column largest_operand int : max_operand - 1
-- column max_single_token int : largest answer
-- column classifies boolean : true for classification
-- column threshold double : least score of a match, share of the top k; null for accuracy
-- column largest_base_rate double : heuristics above this base rate are left out; null: none
-- column layer_first int : first classified layer, from 0; null for accuracy
-- column layer_last int : last classified layer, from 0; null for accuracy
-- column neurons text : which neurons of these layers are classified; null for accuracy
-- column analysis_seed int : seed of the analysis prompts; null for classification
-- column ties_seed int : seed that breaks ties in a map; null for accuracy
-- column null_seed int : seed of the permutations of the chance level; null for accuracy
-- column checkpoints int : checkpoints measured so, over all seeds

SELECT units.suite, configurations.measure, configurations.preset, configuration_id, units.measure_version,
  configurations.prompt_set, configurations.prompts_hash, configurations.max_operand,
  configurations.max_operand - 1 AS largest_operand,
  configurations.max_single_token,
  configurations.measure = 'classification' AS classifies,
  configurations.threshold, configurations.largest_base_rate,
  configurations.heuristic_layers_from AS layer_first,
  configurations.heuristic_layers_to - 1 AS layer_last,
  configurations.neurons, configurations.analysis_seed, configurations.ties_seed, configurations.null_seed,
  count(*)::INTEGER AS checkpoints
FROM latest_units AS units
JOIN configurations USING (configuration_id)
WHERE ($suite IS NULL OR units.suite = $suite)
  AND ($preset IS NULL OR configurations.preset IS NULL OR configurations.preset = $preset)
GROUP BY ALL
ORDER BY units.suite, configurations.measure, configurations.preset, configuration_id, units.measure_version
