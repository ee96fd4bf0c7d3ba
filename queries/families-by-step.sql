-- question: Which kinds of heuristics rise and fall when?
-- grain: one row per suite, seed, step, preset, operator and family
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = null of neurons.operator : one of + - * /; null: all
-- param target text = 'any' of heuristic_counts.target : count only heuristics on op1, op2, operands or result; any: all
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column family text : kind of heuristics
-- column neurons int : neurons that implement at least one such heuristic
-- column live_neurons int : neurons that can be classified
-- column share double : neurons / live_neurons
-- column chance_activations_permuted double : share that matches when activations are permuted over prompts; null when not stored
-- column chance_labels_permuted double : share that matches when operand labels are permuted; null when not stored
-- column excess double : share - chance_activations_permuted
-- column null_reason text : why the values of this row are null; null where measured

SELECT suite, seed, step, preset, operator, family, neurons, live_neurons, share,
  chance_activations_permuted, chance_labels_permuted, excess, null_reason
FROM heuristic_counts
WHERE family <> 'any'
  AND target = $target
  AND ($suite IS NULL OR suite = $suite)
  AND ($seed IS NULL OR seed = $seed)
  AND ($preset IS NULL OR preset = $preset)
  AND ($operator IS NULL OR operator = $operator)
ORDER BY suite, seed, preset, strpos('+-*/', operator), family, step
