-- question: Which attention heads matter most?
-- grain: one row per suite, seed, step, operator, layer and head among the best by either form of the effect
-- note: The effect of a head is its largest mean effect over the positions of the prompt. Circuits keep the heads of
--   lowest rank, by rank_logit unless the sweep ranked by the paper's form.
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param operator text? = null of neurons.operator : one of + - * /; null: all
-- param step int? = null of checkpoints.step : training step; null: the last measured one of each operator
-- param most int = 10 : heads that each ranking names, at most
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column operator text : arithmetic operator
-- column layer int : transformer block, from 0
-- column head int : attention head in its layer, from 0
-- column component text : the head in words: head 3.1
-- column rank_logit int : rank by effect_logit, from 0: the largest
-- column effect_logit double : largest mean of the bounded effect over the positions, logits
-- column position_logit int : token position that has it, from 0
-- column rank_e int : rank by effect_e, from 0: the largest
-- column effect_e double : largest mean of E over the positions; null when no pair is finite
-- column position_e int : token position that has it, from 0
-- column null_reason text : why the values of this row are null; null where measured

WITH ranked AS (
  SELECT *
  FROM head_ranking
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($operator IS NULL OR operator = $operator)
    AND ($step IS NULL OR step = $step)
  QUALIFY step = coalesce(
    max(step) FILTER (null_reason IS NULL) OVER (PARTITION BY suite, seed, operator),
    max(step) OVER (PARTITION BY suite, seed, operator)
  )
)
SELECT suite, seed, step, operator, layer, head,
  'head ' || layer || '.' || head AS component,
  rank_logit, effect_logit, position_logit, rank_e, effect_e, position_e, null_reason
FROM ranked
WHERE rank_logit < $most
  OR rank_e < $most
  OR (null_reason IS NOT NULL AND $most > 0)
ORDER BY suite, seed, strpos('+-*/', operator), rank_logit NULLS LAST, layer, head
