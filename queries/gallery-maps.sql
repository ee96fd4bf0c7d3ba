-- question: How do the maps of the leading neurons look at a few steps of training?
-- grain: one row per suite, seed, preset, operator, neuron with maps and shown step
-- note: Maps and profiles are bytes in base64: a byte b below 255 says low + b / 254 x (high - low), 255 that no prompt falls there. The byte of the cell (op1 i, op2 j) stands at i x side + j.
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = null of neuron_maps.operator : one of + - * /; null: all
-- param neurons int = 12 : neurons per operator, at most, the first in rank first
-- param most int = 16 : steps shown, at most: first, last and others between, evenly over the logarithm of the step
-- param named int = 3 : heuristics named, at most, best score first
-- column suite text : suite
-- column seed int : training seed
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column rank int : place of the neuron at the reference checkpoint, from 0
-- column layer int : transformer block, from 0
-- column neuron int : neuron in its layer, from 0
-- column step int : training step (optimiser updates)
-- column side int : cells along each operand
-- column cell_operands int : operands along each side of a cell
-- column low double : smallest mean activation over a cell, units of mlp_post
-- column high double : largest mean activation over a cell, units of mlp_post
-- column cells text : mean activation over each cell, bytes from low to high, base64
-- column profile_low double : smallest mean activation of the profiles, units of mlp_post
-- column profile_high double : largest mean activation of the profiles, units of mlp_post
-- column op1_profile text : mean activation over each op1, bytes from profile_low to profile_high, base64
-- column op2_profile text : mean activation over each op2, bytes from profile_low to profile_high, base64
-- column result_profile text : mean activation over each result, bytes from profile_low to profile_high, base64
-- column n_heuristics int : heuristics that it implements at this step; null when it was not classified
-- column heuristics text : the best of them with their scores, separated by semicolons
-- column null_reason text : why there is no map; null where there is one

WITH maps AS (
  SELECT u.suite, u.seed, u.preset, u.step, n.* EXCLUDE (unit_id, suite, seed, step)
  FROM latest_units AS u
  JOIN neuron_maps AS n USING (unit_id)
  WHERE u.measure = 'maps'
    AND n.rank < $neurons
    AND ($suite IS NULL OR u.suite = $suite)
    AND ($seed IS NULL OR u.seed = $seed)
    AND ($preset IS NULL OR u.preset = $preset)
    AND ($operator IS NULL OR n.operator = $operator)
),
steps AS (SELECT DISTINCT suite, seed, preset, step, ln(1 + step) AS place FROM maps),
targets AS (
  SELECT suite, seed, preset, min(place) + (max(place) - min(place)) * i / greatest($most - 1, 1) AS target
  FROM steps, range($most) AS t(i)
  GROUP BY suite, seed, preset, i
),
shown AS (
  SELECT DISTINCT ON (suite, seed, preset, target) suite, seed, preset, target, step
  FROM steps
  JOIN targets USING (suite, seed, preset)
  ORDER BY suite, seed, preset, target, abs(place - target), step
),
wanted AS (SELECT maps.* FROM maps SEMI JOIN shown USING (suite, seed, preset, step)),
places AS (
  SELECT w.suite, w.seed, w.preset, w.step, w.operator, w.layer, w.neuron, s.unit_id
  FROM wanted AS w
  JOIN classification_steps AS s USING (suite, seed, preset, step, operator)
),
ranked AS (
  SELECT p.*, h.heuristic, h.score, row_number() OVER (
    PARTITION BY p.unit_id, p.operator, p.layer, p.neuron ORDER BY h.score DESC, h.heuristic
  ) AS place
  FROM places AS p
  JOIN neuron_heuristics AS h USING (unit_id, operator, layer, neuron)
),
matches AS (
  SELECT unit_id, operator, layer, neuron,
    string_agg(heuristic || printf(' %.2f', score), '; ' ORDER BY place) AS heuristics
  FROM ranked
  WHERE place <= $named
  GROUP BY ALL
)
SELECT w.suite, w.seed, w.preset, w.operator, w.rank, w.layer, w.neuron, w.step, w.side, w.cell_operands,
  round(w.low, 5) AS low, round(w.high, 5) AS high, to_base64(w.cells) AS cells,
  round(w.profile_low, 5) AS profile_low, round(w.profile_high, 5) AS profile_high,
  to_base64(w.op1_profile) AS op1_profile, to_base64(w.op2_profile) AS op2_profile,
  to_base64(w.result_profile) AS result_profile,
  n.n_heuristics, m.heuristics, w.null_reason
FROM wanted AS w
LEFT JOIN places AS p USING (suite, seed, preset, step, operator, layer, neuron)
LEFT JOIN neurons AS n ON n.unit_id = p.unit_id AND n.operator = w.operator AND n.layer = w.layer
  AND n.neuron = w.neuron
LEFT JOIN matches AS m ON m.unit_id = p.unit_id AND m.operator = w.operator AND m.layer = w.layer
  AND m.neuron = w.neuron
ORDER BY w.suite, w.seed, w.preset, strpos('+-*/', w.operator), w.rank, w.step
