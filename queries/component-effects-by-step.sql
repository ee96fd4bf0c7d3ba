-- question: When in training does each MLP or attention head begin to carry the answer?
-- grain: one row per suite, seed, step, operator, kind, layer, head (null for an MLP) and position
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param operator text? = null of neurons.operator : one of + - * /; null: all
-- param kind text? = 'mlp' of component_effects.kind : mlp or head; null: both
-- param layer int? = null of component_effects.layer : transformer block, from 0; null: all
-- param head int? = null of component_effects.head : attention head in its layer, from 0; null: all
-- param position int? = null of component_effects.position : token position, from 0; null: all
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column tokens bigint : training tokens seen at this step; null when unknown
-- column operator text : arithmetic operator
-- column kind text : mlp or head
-- column layer int : transformer block, from 0
-- column head int : attention head in its layer, from 0; null for an MLP
-- column component text : the component in words: MLP 3, head 3.1
-- column position int : token position, from 0
-- column token text : what stands there: op1, operator, op2 or =
-- column n int : pairs of prompts patched
-- column mean_logit double : mean of the bounded effect, logits
-- column sd_logit double : standard deviation of it over pairs, logits
-- column mean_e double : mean of E over the finite pairs, unbounded
-- column median_e double : median of E
-- column null_reason text : why the values of this row are null; null where measured

SELECT suite, seed, step, tokens, operator, kind, layer, head,
  CASE kind WHEN 'mlp' THEN 'MLP ' || layer ELSE 'head ' || layer || '.' || head END AS component,
  position,
  CASE position WHEN 0 THEN 'BOS' WHEN 1 THEN 'op1' WHEN 2 THEN 'operator' WHEN 3 THEN 'op2' ELSE '=' END AS token,
  n, mean_logit, sd_logit, mean_e, median_e, null_reason
FROM latest_units
JOIN component_effects USING (unit_id, suite, seed, step)
WHERE ($suite IS NULL OR suite = $suite)
  AND ($seed IS NULL OR seed = $seed)
  AND ($operator IS NULL OR operator = $operator)
  AND ($kind IS NULL OR kind = $kind)
  AND ($layer IS NULL OR layer = $layer)
  AND ($head IS NULL OR head = $head)
  AND ($position IS NULL OR position = $position)
ORDER BY suite, seed, strpos('+-*/', operator), kind DESC, layer, head, position, step
