-- question: Which component moves the answer most at the end, and for which operators?
-- grain: one row per suite, seed, step, component and position that is the best of some operator, the one of most operators first
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param kind text = 'mlp' of component_effects.kind : mlp or head
-- column suite text : suite
-- column seed int : training seed
-- column step int : last measured step of these operators
-- column last_step int : latest of these steps over the operators
-- column earlier_step int : step, where it lies before that; null elsewhere
-- column component text : the component in words: MLP 3, head 3.1
-- column token text : what stands at its position: op1, operator, op2 or =
-- column operators int : operators that it is the best of
-- column several boolean : true when there are several
-- column names text : these operators in words
-- column lowest double : smallest of its effects on them, logits
-- column highest double : largest of its effects on them, logits

WITH effects AS (
  SELECT suite, seed, step, operator, mean_logit,
    CASE kind WHEN 'mlp' THEN 'MLP ' || layer ELSE 'head ' || layer || '.' || head END AS component,
    CASE position WHEN 0 THEN 'BOS' WHEN 1 THEN 'op1' WHEN 2 THEN 'operator' WHEN 3 THEN 'op2' ELSE '=' END AS token,
    CASE operator WHEN '+' THEN 'addition' WHEN '-' THEN 'subtraction' WHEN '*' THEN 'multiplication' ELSE 'division' END AS name
  FROM latest_units
  JOIN component_effects USING (unit_id, suite, seed, step)
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND kind = $kind
    AND null_reason IS NULL
  QUALIFY step = max(step) OVER (PARTITION BY suite, seed, operator)
),
best AS (
  SELECT *
  FROM effects
  QUALIFY row_number() OVER (
    PARTITION BY suite, seed, operator ORDER BY mean_logit DESC, component, token
  ) = 1
)
SELECT suite, seed, step,
  max(step) OVER (PARTITION BY suite, seed) AS last_step,
  nullif(step, max(step) OVER (PARTITION BY suite, seed)) AS earlier_step,
  component, token,
  count(*)::INTEGER AS operators,
  count(*) > 1 AS several,
  regexp_replace(string_agg(name, ', ' ORDER BY strpos('+-*/', operator)), ', (\w+)$', ' and \1') AS names,
  min(mean_logit) AS lowest,
  max(mean_logit) AS highest
FROM best
GROUP BY suite, seed, step, component, token
ORDER BY suite, seed, operators DESC, highest DESC, step, component, token
