-- question: How well does the quick approximation of the neurons' effects tell the exact ones?
-- grain: one row per suite, seed, step, operator and layer (null: all layers together)
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param operator text? = null of neurons.operator : one of + - * /; null: all
-- param layer int? = -1 : transformer block, from 0; -1: all layers together; null: these and each
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column tokens bigint : training tokens seen at this step; null when unknown
-- column operator text : arithmetic operator
-- column layer int : transformer block, from 0; null: all layers together
-- column n int : neurons compared
-- column pearson double : Pearson correlation of the mean effects
-- column spearman double : Spearman rank correlation of them
-- column top_k int : size of the two top sets compared
-- column top_overlap double : share of the top_k by the score of attribution that are in the top_k by that of the exact effects
-- column null_reason text : why the values of this row are null; null where measured

SELECT suite, seed, step, tokens, operator, layer, n, pearson, spearman, top_k, top_overlap, null_reason
FROM latest_units
JOIN effect_agreement USING (unit_id, suite, seed, step)
WHERE ($suite IS NULL OR suite = $suite)
  AND ($seed IS NULL OR seed = $seed)
  AND ($operator IS NULL OR operator = $operator)
  AND ($layer IS NULL OR coalesce(layer, -1) = $layer)
ORDER BY suite, seed, strpos('+-*/', operator), layer NULLS FIRST, step
