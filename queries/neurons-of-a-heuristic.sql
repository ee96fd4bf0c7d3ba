-- question: Which neurons implement a given heuristic, and since when?
-- grain: one row per suite, seed, step, preset, operator, layer and neuron that matches
-- param heuristic text required of heuristics.heuristic : key of the heuristic, e.g. op1 in [10,40)
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = null of neurons.operator : one of + - * /; null: all
-- param step int? = null of checkpoints.step : training step; null: the last measured one of each operator
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column heuristic text : key of the heuristic
-- column layer int : transformer block, from 0
-- column neuron int : neuron in its layer, from 0
-- column score double : share of the top k prompts of its map that the heuristic holds for
-- column sign int : 1: top of the map; -1: bottom
-- column map text : K: activation; KV: activation x direct logit of the answer
-- column n_heuristics int : heuristics that this neuron implements at this step
-- column birth_step int : first measured step at which it implemented this one
-- column permanent_from int : step from which it always does, to the last; null when it stops again

WITH steps AS (
  SELECT unit_id, suite, seed, step, preset, operator
  FROM classification_steps
  WHERE (step = $step OR ($step IS NULL AND is_reference))
    AND ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
    AND ($operator IS NULL OR operator = $operator)
),
lives AS (
  SELECT suite, seed, preset, operator, layer, neuron,
    min(step) AS birth_step,
    CASE WHEN sum(change) = 1 THEN max(step) END AS permanent_from
  FROM match_changes
  WHERE heuristic = $heuristic
  GROUP BY ALL
)
SELECT steps.suite, steps.seed, steps.step, steps.preset, steps.operator, m.heuristic, m.layer, m.neuron,
  m.score, m.sign, m.map, neurons.n_heuristics, lives.birth_step, lives.permanent_from
FROM steps
JOIN neuron_heuristics AS m USING (unit_id, operator)
JOIN neurons USING (unit_id, operator, layer, neuron)
JOIN lives
  ON lives.suite = steps.suite AND lives.seed = steps.seed AND lives.preset = steps.preset
  AND lives.operator = steps.operator AND lives.layer = m.layer AND lives.neuron = m.neuron
WHERE m.heuristic = $heuristic
ORDER BY steps.suite, steps.seed, steps.preset, strpos('+-*/', steps.operator), steps.step, m.score DESC, m.layer, m.neuron
