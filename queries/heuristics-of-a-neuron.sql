-- question: Which heuristics does a given neuron implement over training?
-- grain: one row per suite, seed, step, preset, operator and heuristic; one row without heuristic where it has none
-- param layer int required of neurons.layer : transformer block, from 0
-- param neuron int required of neurons.neuron : neuron in its layer, from 0
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = null of neurons.operator : one of + - * /; null: all
-- param step int? = null of checkpoints.step : training step; null: every step
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column layer int : transformer block, from 0
-- column neuron int : neuron in its layer, from 0
-- column state text : live, constant or not_finite; null when the operator was not measured
-- column heuristic text : key of the heuristic; null when it implements none
-- column target text : what the heuristic speaks of
-- column family text : kind of the heuristic
-- column score double : share of the top k prompts of its map that the heuristic holds for
-- column sign int : 1: top of the map; -1: bottom
-- column map text : K: activation; KV: activation x direct logit of the answer
-- column base_rate double : share of all prompts that the heuristic holds for
-- column null_reason text : why the values of this row are null; null where measured

SELECT s.suite, s.seed, s.step, s.preset, s.operator, n.layer, n.neuron, n.state,
  m.heuristic, m.target, m.family, m.score, m.sign, m.map, h.base_rate, n.null_reason
FROM classification_steps AS s
JOIN neurons AS n USING (unit_id, operator)
LEFT JOIN neuron_heuristics AS m USING (unit_id, operator, layer, neuron)
LEFT JOIN heuristics AS h
  ON h.configuration_id = s.configuration_id AND h.operator = s.operator AND h.heuristic = m.heuristic
WHERE n.layer = $layer
  AND n.neuron = $neuron
  AND ($suite IS NULL OR s.suite = $suite)
  AND ($seed IS NULL OR s.seed = $seed)
  AND ($preset IS NULL OR s.preset = $preset)
  AND ($operator IS NULL OR s.operator = $operator)
  AND ($step IS NULL OR s.step = $step)
ORDER BY s.suite, s.seed, s.preset, strpos('+-*/', s.operator), s.step, m.score DESC, m.heuristic
