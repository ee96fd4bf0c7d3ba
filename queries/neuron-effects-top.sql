-- question: Which neurons matter most to the answer, and do they implement heuristics?
-- grain: one row per suite, seed, step, operator, layer and neuron among the best by score
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param operator text? = null of neurons.operator : one of + - * /; null: all
-- param step int? = null of checkpoints.step : training step; null: the last measured one of each operator
-- param layer int? = null of neuron_effects.layer : transformer block, from 0; null: all together
-- param most int = 20 : neurons per operator, at most
-- param preset text = 'paper' of configurations.preset : preset of the heuristics shown beside
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column operator text : arithmetic operator
-- column place int : rank by score among the layers asked for, from 0: the best
-- column layer int : transformer block, from 0
-- column neuron int : neuron in its layer, from 0
-- column name text : the neuron as layer.neuron
-- column score double : what neurons are ranked by: mean + standard deviation, or mean, logits
-- column rank int : rank by score in its layer, from 0
-- column top boolean : true for the top neurons of its layer, which are classified and kept in circuits
-- column attribution_mean double : mean over pairs of the effect by linear approximation, logits
-- column attribution_sd double : standard deviation of it over pairs, logits
-- column exact_mean double : mean over pairs of the exact effect, logits; null when not taken
-- column exact_sd double : standard deviation of it over pairs, logits
-- column n_heuristics int : heuristics that it implements; null when it was not classified
-- column best_heuristic text : heuristic with the highest score, also below the threshold
-- column best_score double : that score, share of the top k
-- column null_reason text : why the values of this row are null; null where measured

WITH effects AS (
  SELECT suite, seed, step, neuron_effects.* EXCLUDE (unit_id, suite, seed, step)
  FROM latest_units
  JOIN neuron_effects USING (unit_id, suite, seed, step)
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($operator IS NULL OR operator = $operator)
    AND ($step IS NULL OR step = $step)
    AND ($layer IS NULL OR layer = $layer)
  QUALIFY step = coalesce(
    max(step) FILTER (null_reason IS NULL) OVER (PARTITION BY suite, seed, operator),
    max(step) OVER (PARTITION BY suite, seed, operator)
  )
),
best AS (
  SELECT *, row_number() OVER (
    PARTITION BY suite, seed, operator ORDER BY score DESC NULLS LAST, layer, neuron
  )::INTEGER - 1 AS place
  FROM effects
  QUALIFY place < $most
),
classified AS (
  SELECT suite, seed, step, n.operator, n.layer, n.neuron, n.n_heuristics, n.best_heuristic, n.best_score
  FROM latest_units
  JOIN neurons AS n USING (unit_id, suite, seed, step)
  WHERE preset = $preset
)
SELECT suite, seed, step, operator, place, layer, neuron,
  layer || '.' || neuron AS name,
  score, rank, top, attribution_mean, attribution_sd, exact_mean, exact_sd,
  n_heuristics, best_heuristic, best_score, null_reason
FROM best
LEFT JOIN classified USING (suite, seed, step, operator, layer, neuron)
ORDER BY suite, seed, strpos('+-*/', operator), place
