-- question: Where do MLPs and heads carry the answer at a few representative steps?
-- grain: one row per suite, seed, step, operator, layer and position (MLPs) or head
-- note: Effects are rounded to four decimals. A head stands with the position of its largest effect, by which heads are ranked.
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param kind text = 'mlp' of component_effects.kind : mlp or head
-- param most int = 5 : steps shown, at most: first, last and others between, evenly among the measured
-- param cells int = 15000 : components of all steps together, at most; where a model has more, fewer steps are shown, but two
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column operator text : arithmetic operator
-- column layer int : transformer block, from 0
-- column head int : attention head in its layer, from 0; null for an MLP
-- column position int : token position, from 0; of a head the one with its largest effect
-- column token text : what stands there: op1, operator, op2 or =
-- column effect double : mean of the bounded effect over pairs, logits
-- column sd double : standard deviation of it over pairs, logits
-- column n int : pairs of prompts patched

WITH effects AS (
  SELECT suite, seed, step, operator, layer, head, position, mean_logit, sd_logit, n
  FROM latest_units
  JOIN component_effects USING (unit_id, suite, seed, step)
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND kind = $kind
    AND null_reason IS NULL
),
limits AS (
  SELECT suite, seed,
    greatest(least($most, 2), least($most, $cells // count(DISTINCT (operator, layer, head)))) AS most
  FROM effects
  GROUP BY suite, seed
),
places AS (
  SELECT suite, seed, step,
    row_number() OVER (PARTITION BY suite, seed ORDER BY step) - 1 AS place,
    greatest(count(*) OVER (PARTITION BY suite, seed) - 1, 1) AS last_place
  FROM (SELECT DISTINCT suite, seed, step FROM effects)
),
shown AS (
  SELECT suite, seed, step
  FROM places
  JOIN limits USING (suite, seed)
  WHERE last_place < most
    OR place = 0
    OR floor(place * (most - 1) / last_place) <> floor((place - 1) * (most - 1) / last_place)
)
SELECT suite, seed, step, operator, layer, head, position,
  CASE position WHEN 0 THEN 'BOS' WHEN 1 THEN 'op1' WHEN 2 THEN 'operator' WHEN 3 THEN 'op2' ELSE '=' END AS token,
  round(mean_logit, 4) AS effect,
  round(sd_logit, 4) AS sd,
  n
FROM effects
SEMI JOIN shown USING (suite, seed, step)
QUALIFY head IS NULL OR row_number() OVER (
  PARTITION BY suite, seed, step, operator, layer, head ORDER BY mean_logit DESC, position
) = 1
ORDER BY suite, seed, step, strpos('+-*/', operator), layer, head, position
