-- question: How much do the heuristic neurons explain at each step, and how much those that the final checkpoint shares?
-- grain: one row per suite, seed, step, preset, operator, circuit and derived
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column circuit text : heuristic neurons, or mutual neurons: those that implement the heuristic at the reference checkpoint too
-- column derived text : where the heads were ranked: here, or reference; the second only where some value differs from the first
-- column neurons int : neurons kept in all heuristic layers together
-- column heads int : attention heads kept; null: all
-- column n int : prompts that faithfulness is the mean of
-- column faithfulness double : mean over prompts of (NL(circuit) - NL(none)) / (NL(model) - NL(none))
-- column ci_low double : lower end of its bootstrap 95 % interval over prompts
-- column ci_high double : upper end of it
-- column null_reason text : why the values of this row are null; null where measured

WITH measured AS (
  SELECT suite, seed, step, preset, operator, derived, neurons, heads, n, faithfulness, ci_low, ci_high, null_reason,
    CASE kind WHEN 'mutual_neurons' THEN 'mutual neurons' ELSE 'heuristic neurons' END AS circuit
  FROM latest_units
  JOIN faithfulness USING (unit_id, suite, seed, step)
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
    AND kind IN ('heuristic_neurons', 'mutual_neurons')
),
compared AS (
  SELECT *,
    coalesce(bool_or(low <> high) OVER (PARTITION BY suite, seed, preset, operator), false) AS differs
  FROM (
    SELECT *,
      min(faithfulness) OVER pair AS low,
      max(faithfulness) OVER pair AS high
    FROM measured
    WINDOW pair AS (PARTITION BY suite, seed, step, preset, operator, circuit)
  )
)
SELECT suite, seed, step, preset, operator, circuit, derived, neurons, heads, n, faithfulness, ci_low, ci_high, null_reason
FROM compared
WHERE derived = 'here' OR differs
ORDER BY suite, seed, preset, strpos('+-*/', operator), circuit, derived, step
