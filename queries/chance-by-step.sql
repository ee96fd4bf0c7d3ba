-- question: How many neurons would match by chance at each step, against those that really do?
-- grain: one row per suite, seed, step, preset, operator, null model, target and family (any: over all)
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = null of neurons.operator : one of + - * /; null: all
-- param null_model text? = null of classification_chance.null_model : activations_permuted or labels_permuted; null: both
-- param target text? = 'any' of heuristic_counts.target : what the heuristics speak of; any: the total; null: all stored
-- param family text? = 'any' of heuristic_counts.family : kind of heuristics; any: the total; null: all stored
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column null_model text : what was shuffled
-- column target text : what the heuristics speak of; any: all
-- column family text : kind of heuristics; any: all
-- column neurons_by_chance int : neurons that match when shuffled
-- column live_neurons int : neurons tried
-- column share_by_chance double : neurons_by_chance / live_neurons
-- column share double : share of the live neurons that really match
-- column null_reason text : why the values of this row are null; null where measured

SELECT counts.suite, counts.seed, counts.step, counts.preset, counts.operator, chance.null_model,
  counts.target, counts.family,
  chance.neurons AS neurons_by_chance,
  chance.live_neurons,
  chance.neurons / nullif(chance.live_neurons, 0) AS share_by_chance,
  counts.share,
  coalesce(chance.null_reason, counts.null_reason) AS null_reason
FROM heuristic_counts AS counts
JOIN latest_units AS units
  ON units.suite = counts.suite AND units.seed = counts.seed AND units.step = counts.step
  AND units.preset = counts.preset AND units.measure = 'classification'
JOIN classification_chance AS chance
  ON chance.unit_id = units.unit_id AND chance.operator = counts.operator
  AND chance.target = counts.target AND chance.family = counts.family
WHERE ($suite IS NULL OR counts.suite = $suite)
  AND ($seed IS NULL OR counts.seed = $seed)
  AND ($preset IS NULL OR counts.preset = $preset)
  AND ($operator IS NULL OR counts.operator = $operator)
  AND ($target IS NULL OR counts.target = $target)
  AND ($family IS NULL OR counts.family = $family)
  AND ($null_model IS NULL OR chance.null_model = $null_model)
ORDER BY counts.suite, counts.seed, counts.preset, strpos('+-*/', counts.operator), chance.null_model,
  counts.target, counts.family, counts.step
