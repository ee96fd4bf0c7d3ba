-- question: How much of what the heuristic neurons explain do those of the final checkpoint explain already?
-- grain: one row per suite, seed, step, preset, operator, derived and number of heads kept
-- note: Heuristic neurons implement a heuristic at this step; mutual ones do so with the same heuristic at the reference
--   checkpoint too (paper, Fig. 10b). The ratio is null when the faithfulness of the heuristic neurons is below floor
--   (null_reason denominator_below_floor).
-- paper: Fig. 10b
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param operator text? = null of neurons.operator : one of + - * /; null: all
-- param derived text? = null of faithfulness.derived : where the heads were ranked: here or reference; null: both
-- param floor double = 0.05 : least faithfulness of the heuristic neurons that a ratio is taken of
-- column suite text : suite
-- column seed int : training seed
-- column step int : training step (optimiser updates)
-- column tokens bigint : training tokens seen at this step; null when unknown
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column derived text : where the heads were ranked: here, or reference
-- column heads int : attention heads kept; null: all
-- column heuristic_neurons int : neurons that implement a heuristic
-- column mutual_neurons int : of these, those that implement it at the reference checkpoint too
-- column heuristic_faithfulness double : faithfulness of the heuristic neurons
-- column heuristic_low double : lower end of its bootstrap 95 % interval
-- column heuristic_high double : upper end of it
-- column mutual_faithfulness double : faithfulness of the mutual neurons
-- column mutual_low double : lower end of its bootstrap 95 % interval
-- column mutual_high double : upper end of it
-- column ratio double : mutual_faithfulness / heuristic_faithfulness
-- column null_reason text : why ratio is null; null where it is given

WITH circuits AS (
  SELECT suite, seed, step, tokens, preset, faithfulness.* EXCLUDE (suite, seed, step)
  FROM latest_units
  JOIN faithfulness USING (unit_id, suite, seed, step)
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
    AND ($operator IS NULL OR operator = $operator)
    AND ($derived IS NULL OR derived = $derived)
),
compared AS (
  SELECT h.suite, h.seed, h.step, h.tokens, h.preset, h.operator, h.derived, h.heads,
    h.neurons AS heuristic_neurons, m.neurons AS mutual_neurons,
    h.faithfulness AS heuristic_faithfulness, h.ci_low AS heuristic_low, h.ci_high AS heuristic_high,
    m.faithfulness AS mutual_faithfulness, m.ci_low AS mutual_low, m.ci_high AS mutual_high,
    coalesce(h.null_reason, m.null_reason, CASE WHEN m.unit_id IS NULL THEN 'no_reference' END) AS reason
  FROM circuits AS h
  LEFT JOIN circuits AS m
    ON m.unit_id = h.unit_id AND m.operator = h.operator AND m.derived = h.derived
    AND m.heads IS NOT DISTINCT FROM h.heads AND m.kind = 'mutual_neurons'
  WHERE h.kind = 'heuristic_neurons'
)
SELECT suite, seed, step, tokens, preset, operator, derived, heads, heuristic_neurons, mutual_neurons,
  heuristic_faithfulness, heuristic_low, heuristic_high, mutual_faithfulness, mutual_low, mutual_high,
  CASE WHEN heuristic_faithfulness >= $floor THEN mutual_faithfulness / heuristic_faithfulness END AS ratio,
  CASE WHEN reason IS NULL AND heuristic_faithfulness < $floor THEN 'denominator_below_floor' ELSE reason END
    AS null_reason
FROM compared
ORDER BY suite, seed, preset, strpos('+-*/', operator), derived, heads, step
