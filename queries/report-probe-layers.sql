-- question: When can a linear probe read the answer at the last position, from few representative layers?
-- grain: one row per suite, seed, step, operator and layer
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param most int = 6 : layers shown, at most: first, last and others between, evenly
-- param position int = 4 of probe_accuracy.position : token position, from 0; 4: the last
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column tokens bigint : training tokens seen at this step; null when unknown
-- column operator text : arithmetic operator
-- column layer int : transformer block, from 0
-- column n_test int : prompts tested on
-- column test_accuracy double : share of them read right
-- column ci_low double : lower end of its Wilson 95 % interval
-- column ci_high double : upper end of it
-- column train_accuracy double : share of the training prompts read right
-- column majority double : share that the most frequent answer of the training gets right: chance
-- column classes int : different answers

WITH probes AS (
  SELECT suite, seed, step, tokens, probe_accuracy.* EXCLUDE (unit_id, suite, seed, step)
  FROM latest_units
  JOIN probe_accuracy USING (unit_id, suite, seed, step)
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND position = $position
    AND null_reason IS NULL
),
layers AS (
  SELECT suite, layer,
    row_number() OVER (PARTITION BY suite ORDER BY layer) - 1 AS place,
    greatest(count(*) OVER (PARTITION BY suite) - 1, 1) AS last_place
  FROM (SELECT DISTINCT suite, layer FROM probes)
),
shown AS (
  SELECT suite, layer
  FROM layers
  WHERE last_place < $most
    OR place = 0
    OR floor(place * ($most - 1) / last_place) <> floor((place - 1) * ($most - 1) / last_place)
),
centred AS (
  SELECT *,
    (test_accuracy + 1.96 ** 2 / (2 * n_test)) / (1 + 1.96 ** 2 / n_test) AS centre,
    1.96 * sqrt(test_accuracy * (1 - test_accuracy) / n_test + 1.96 ** 2 / (4 * n_test ** 2))
      / (1 + 1.96 ** 2 / n_test) AS half_width
  FROM probes
  SEMI JOIN shown USING (suite, layer)
)
SELECT suite, seed, step, tokens, operator, layer, n_test, test_accuracy,
  greatest(centre - half_width, 0) AS ci_low,
  least(centre + half_width, 1) AS ci_high,
  train_accuracy, majority, classes
FROM centred
ORDER BY suite, seed, strpos('+-*/', operator), layer, step
