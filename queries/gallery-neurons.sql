-- question: Which neurons have their maps kept, which heuristics do they implement at last, and since when?
-- grain: one row per suite, seed, preset, operator and neuron with maps
-- note: A neuron is born at the first measured step at which it implements any heuristic, and dies at the first measured step after the last such one. Where only the top neurons of each step are classified, it counts as without heuristics at steps at which it is none of them.
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = null of neuron_maps.operator : one of + - * /; null: all
-- param neurons int = 12 : neurons per operator, at most, the first in rank first
-- param named int = 3 : heuristics named, at most, best score first
-- column suite text : suite
-- column seed int : training seed
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column rank int : place at the reference checkpoint, from 0
-- column layer int : transformer block, from 0
-- column neuron int : neuron in its layer, from 0
-- column name text : the neuron as layer.neuron
-- column ranked_by text : what placed it: exact_effect, attribution or best_score
-- column reference_step int : training step of the reference checkpoint: the last with maps
-- column effect double : its mean effect there, logits: the exact one where it was taken, else by attribution
-- column effect_sd double : standard deviation of it over prompts, logits
-- column n_heuristics int : heuristics that it implements there; null when it was not classified
-- column heuristics text : the best of them with their scores, separated by semicolons
-- column birth_step int : first measured step at which it implements a heuristic; null: at none
-- column born_before_first boolean : true where that is the first measured step: it may have been born before
-- column death_step int : first measured step after the last such one; null when it implements one at the last step, or never did
-- column steps_present int : measured steps at which it implements a heuristic
-- column steps int : measured steps

WITH maps AS (
  SELECT u.suite, u.seed, u.preset, u.step, n.operator, n.rank, n.layer, n.neuron, n.ranked_by
  FROM latest_units AS u
  JOIN neuron_maps AS n USING (unit_id)
  WHERE u.measure = 'maps'
    AND n.rank < $neurons
    AND ($suite IS NULL OR u.suite = $suite)
    AND ($seed IS NULL OR u.seed = $seed)
    AND ($preset IS NULL OR u.preset = $preset)
    AND ($operator IS NULL OR n.operator = $operator)
),
named AS (
  SELECT suite, seed, preset, operator, rank, layer, neuron, any_value(ranked_by) AS ranked_by,
    max(step) AS reference_step
  FROM maps
  GROUP BY ALL
),
effects AS (
  SELECT g.suite, g.seed, g.preset, g.operator, g.layer, g.neuron, coalesce(e.exact_mean, e.attribution_mean) AS effect,
    CASE WHEN e.exact_mean IS NULL THEN e.attribution_sd ELSE e.exact_sd END AS effect_sd
  FROM named AS g
  JOIN latest_units AS u ON u.suite = g.suite AND u.seed = g.seed AND u.step = g.reference_step
    AND u.measure = 'attribution'
  JOIN neuron_effects AS e ON e.unit_id = u.unit_id AND e.operator = g.operator AND e.layer = g.layer
    AND e.neuron = g.neuron
),
classified AS (
  SELECT g.*, s.unit_id, s.step, s.step_index, n.n_heuristics
  FROM named AS g
  JOIN classification_steps AS s USING (suite, seed, preset, operator)
  LEFT JOIN neurons AS n USING (unit_id, operator, layer, neuron)
  WHERE s.step_index IS NOT NULL
),
lives AS (
  SELECT suite, seed, preset, operator, layer, neuron,
    min(step_index) FILTER (n_heuristics > 0) AS birth_index,
    min(step) FILTER (n_heuristics > 0) AS birth_step,
    max(step_index) FILTER (n_heuristics > 0) AS last_index,
    count(*) FILTER (n_heuristics > 0)::INTEGER AS steps_present,
    count(*)::INTEGER AS steps
  FROM classified
  GROUP BY ALL
),
deaths AS (
  SELECT l.suite, l.seed, l.preset, l.operator, l.layer, l.neuron, c.step AS death_step
  FROM lives AS l
  JOIN classified AS c USING (suite, seed, preset, operator, layer, neuron)
  WHERE c.step_index = l.last_index + 1
),
matches AS (
  SELECT c.suite, c.seed, c.preset, c.operator, c.layer, c.neuron, any_value(c.n_heuristics) AS n_heuristics,
    string_agg(h.heuristic || printf(' %.2f', h.score), '; ' ORDER BY h.score DESC, h.heuristic)
      FILTER (h.place <= $named) AS heuristics
  FROM classified AS c
  LEFT JOIN (
    SELECT *, row_number() OVER (
      PARTITION BY unit_id, operator, layer, neuron ORDER BY score DESC, heuristic
    ) AS place
    FROM neuron_heuristics
    SEMI JOIN named USING (operator, layer, neuron)
  ) AS h USING (unit_id, operator, layer, neuron)
  WHERE c.step = c.reference_step
  GROUP BY ALL
)
SELECT g.suite, g.seed, g.preset, g.operator, g.rank, g.layer, g.neuron, g.layer || '.' || g.neuron AS name,
  g.ranked_by, g.reference_step, e.effect, e.effect_sd, m.n_heuristics, m.heuristics, l.birth_step,
  l.birth_index = 0 AS born_before_first, d.death_step, l.steps_present, l.steps
FROM named AS g
LEFT JOIN effects AS e USING (suite, seed, preset, operator, layer, neuron)
LEFT JOIN matches AS m USING (suite, seed, preset, operator, layer, neuron)
LEFT JOIN lives AS l USING (suite, seed, preset, operator, layer, neuron)
LEFT JOIN deaths AS d USING (suite, seed, preset, operator, layer, neuron)
ORDER BY g.suite, g.seed, g.preset, strpos('+-*/', g.operator), g.rank
