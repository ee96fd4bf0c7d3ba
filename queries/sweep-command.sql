-- question: With which settings would a sweep measure the same again?
-- grain: one row per suite
-- note: A setting is null where the measured configurations differ in it or none has it, so that the default serves.
-- param suite text? = null of suites.suite : suite; null: all
-- column suite text : suite
-- column measures text : measures, separated by commas
-- column operators text : operators, separated by commas
-- column presets text : presets of heuristics, separated by commas, the one of circuits and knock-outs first; null when none
-- column threshold double : least score of a match
-- column largest_base_rate double : heuristics above this base rate are left out
-- column max_operand int : operands are 0 .. max_operand - 1
-- column first_layer int : first classified layer, from 0
-- column prompt_set text : prompts that analysis sets are drawn from
-- column min_prompts int : fewest prompts to measure on
-- column seed int : seed of analysis sets, ties and chance
-- column engine text : compute engine of the latest unit
-- column neurons text : which neurons of the heuristic layers are classified: all, or top
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

WITH used AS (
  SELECT latest.suite, configurations.*, units.engine, units.started_at
  FROM latest_units AS latest
  JOIN configurations USING (configuration_id)
  JOIN units USING (unit_id)
  WHERE $suite IS NULL OR latest.suite = $suite
),
measured AS (
  SELECT unit_id, operator FROM accuracy
  UNION
  SELECT unit_id, operator FROM neurons
),
operators AS (
  SELECT suite, string_agg(DISTINCT operator, ',' ORDER BY strpos('+-*/', operator)) AS operators
  FROM latest_units
  JOIN measured USING (unit_id)
  GROUP BY suite
),
used_presets AS (
  SELECT suite, preset, bool_or(measure <> 'classification') AS is_first
  FROM used
  WHERE preset IS NOT NULL
  GROUP BY suite, preset
),
presets AS (
  SELECT suite, string_agg(preset, ',' ORDER BY is_first DESC, preset) AS presets
  FROM used_presets
  GROUP BY suite
),
summed AS (
  SELECT suite,
    string_agg(DISTINCT measure, ',' ORDER BY measure) AS measures,
    CASE WHEN count(DISTINCT threshold) = 1 THEN min(threshold) END AS threshold,
    CASE WHEN count(DISTINCT largest_base_rate) = 1
      AND count(*) FILTER (measure = 'classification' AND largest_base_rate IS NULL) = 0
      THEN min(largest_base_rate) END AS largest_base_rate,
    CASE WHEN count(DISTINCT max_operand) = 1 THEN min(max_operand) END AS max_operand,
    CASE WHEN count(DISTINCT heuristic_layers_from) = 1 THEN min(heuristic_layers_from) END AS first_layer,
    CASE WHEN count(DISTINCT prompt_set) FILTER (measure = 'accuracy') = 1
      THEN min(prompt_set) FILTER (measure = 'accuracy') END AS prompt_set,
    CASE WHEN count(DISTINCT min_prompts) = 1 THEN min(min_prompts) END AS min_prompts,
    CASE WHEN count(DISTINCT coalesce(analysis_seed, null_seed)) = 1
      THEN min(coalesce(analysis_seed, null_seed)) END AS seed,
    arg_max(engine, started_at) AS engine,
    CASE WHEN count(DISTINCT neurons) = 1 THEN min(neurons) END AS neurons,
    CASE WHEN count(DISTINCT analysis_prompts) = 1 THEN min(analysis_prompts) END AS analysis_prompts,
    CASE WHEN count(DISTINCT counterfactuals) = 1 THEN min(counterfactuals) END AS counterfactuals,
    CASE WHEN count(DISTINCT rank_by) = 1 THEN min(rank_by) END AS rank_by,
    CASE WHEN count(DISTINCT neuron_score) = 1 THEN min(neuron_score) END AS neuron_score,
    CASE WHEN count(DISTINCT top_neurons) = 1 THEN min(top_neurons) END AS top_neurons,
    CASE WHEN count(DISTINCT exact_neurons) = 1 THEN min(exact_neurons) END AS exact_neurons,
    CASE WHEN count(DISTINCT circuit_heads) = 1 THEN min(circuit_heads) END AS circuit_heads,
    CASE WHEN count(DISTINCT circuit_neurons) = 1 THEN min(circuit_neurons) END AS circuit_neurons,
    CASE WHEN count(DISTINCT faithfulness_floor) = 1 THEN min(faithfulness_floor) END AS faithfulness_floor,
    CASE WHEN count(DISTINCT bootstrap_samples) = 1 THEN min(bootstrap_samples) END AS bootstrap_samples,
    CASE WHEN count(DISTINCT probe_prompts) = 1 THEN min(probe_prompts) END AS probe_prompts,
    CASE WHEN count(DISTINCT probe_split) = 1 THEN min(probe_split) END AS probe_split,
    CASE WHEN count(DISTINCT probe_epochs) = 1 THEN min(probe_epochs) END AS probe_epochs,
    CASE WHEN count(DISTINCT probe_batch) = 1 THEN min(probe_batch) END AS probe_batch,
    CASE WHEN count(DISTINCT probe_learning_rate) = 1 THEN min(probe_learning_rate) END AS probe_learning_rate,
    CASE WHEN count(DISTINCT knockout_positions) = 1 THEN min(knockout_positions) END AS knockout_positions,
    CASE WHEN count(DISTINCT knockout_prompts) = 1 THEN min(knockout_prompts) END AS knockout_prompts,
    CASE WHEN count(DISTINCT knockout_least_neurons) = 1 THEN min(knockout_least_neurons) END AS knockout_least_neurons,
    CASE WHEN count(DISTINCT knockout_limits) = 1 THEN min(knockout_limits) END AS knockout_limits,
    CASE WHEN count(DISTINCT knockout_rank) = 1 THEN min(knockout_rank) END AS knockout_rank,
    CASE WHEN count(DISTINCT map_neurons) = 1 THEN min(map_neurons) END AS map_neurons,
    CASE WHEN count(DISTINCT map_cells) = 1 THEN min(map_cells) END AS map_cells,
    CASE WHEN count(DISTINCT case_prompts) = 1 THEN min(case_prompts) END AS case_prompts
  FROM used
  GROUP BY suite
)
SELECT suite, measures, operators, presets, threshold, largest_base_rate, max_operand, first_layer, prompt_set,
  min_prompts, seed, engine, neurons, analysis_prompts, counterfactuals, rank_by, neuron_score, top_neurons,
  exact_neurons, circuit_heads, circuit_neurons, faithfulness_floor, bootstrap_samples, probe_prompts,
  probe_split, probe_epochs,
  probe_batch, probe_learning_rate, knockout_positions, knockout_prompts, knockout_least_neurons, knockout_limits,
  knockout_rank, map_neurons, map_cells, case_prompts
FROM summed
LEFT JOIN operators USING (suite)
LEFT JOIN presets USING (suite)
ORDER BY suite
