-- question: Which MLPs and attention heads carry the answer, and at which position of the prompt?
-- grain: one row per suite, seed, step, operator, kind, layer, head (null for an MLP) and position
-- paper: Eq. 1
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param operator text? = null of neurons.operator : one of + - * /; null: all
-- param kind text? = null of component_effects.kind : mlp or head; null: both
-- param step int? = null of checkpoints.step : training step; null: the last measured one of each operator
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column operator text : arithmetic operator
-- column kind text : mlp or head
-- column layer int : transformer block, from 0
-- column head int : attention head in its layer, from 0; null for an MLP
-- column component text : the component in words: MLP 3, head 3.1
-- column position int : token position, from 0
-- column token text : what stands there: op1, operator, op2 or =
-- column n int : pairs of prompts patched
-- column not_finite int : pairs whose E is not finite; left out of the values of E
-- column mean_logit double : mean of the bounded effect, logits
-- column median_logit double : median of it, logits
-- column sd_logit double : standard deviation of it, logits
-- column mean_e double : mean of E, unbounded
-- column median_e double : median of E
-- column sd_e double : standard deviation of E
-- column null_reason text : why the values of this row are null; null where measured

WITH effects AS (
  SELECT suite, seed, step, component_effects.* EXCLUDE (unit_id, suite, seed, step)
  FROM latest_units
  JOIN component_effects USING (unit_id, suite, seed, step)
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($operator IS NULL OR operator = $operator)
    AND ($step IS NULL OR step = $step)
    AND ($kind IS NULL OR kind = $kind)
)
SELECT suite, seed, step, operator, kind, layer, head,
  CASE kind WHEN 'mlp' THEN 'MLP ' || layer ELSE 'head ' || layer || '.' || head END AS component,
  position,
  CASE position WHEN 0 THEN 'BOS' WHEN 1 THEN 'op1' WHEN 2 THEN 'operator' WHEN 3 THEN 'op2' ELSE '=' END AS token,
  n, not_finite, mean_logit, median_logit, sd_logit, mean_e, median_e, sd_e, null_reason
FROM effects
QUALIFY step = coalesce(
  max(step) FILTER (null_reason IS NULL) OVER (PARTITION BY suite, seed, operator),
  max(step) OVER (PARTITION BY suite, seed, operator)
)
ORDER BY suite, seed, strpos('+-*/', operator), kind DESC, layer, head, position
