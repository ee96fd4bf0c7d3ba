-- question: Which quantities are followed over training, and what was measured of each at every step?
-- grain: one row per suite, seed, trajectory and step at which it was measured
-- note: What heuristrace emergence judges. A level is successes / trials less chance, or, where nothing is counted, value.
--   Accuracy is followed on all and on held-out prompts, neurons of a family whatever their target. shared_with_reference
--   leaves the reference step itself out, where it is 1 by definition. knockout_drop is the mean over the heuristics knocked
--   out at the step.
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = null of configurations.preset : preset of heuristics, beside accuracy; null: all
-- column suite text : suite
-- column seed int : training seed
-- column trajectory text : readable name, the same for all seeds
-- column quantity text : accuracy, classified, shared_with_reference or knockout_drop
-- column operator text : arithmetic operator
-- column preset text : preset of heuristics; null for accuracy
-- column prompt_set text : prompts of an accuracy: universe or held_out; null for other quantities
-- column family text : kind of heuristics of classified neurons; any: all; null for other quantities
-- column step int : training step (optimiser updates)
-- column successes int : prompts right, neurons classified, or pairs shared
-- column trials int : of so many prompts, live neurons, or pairs of the reference
-- column chance double : share of the neurons that matches with shuffled activations; null where not stored or not meant
-- column value double : the value of a quantity that is no count

WITH levels AS (
  SELECT suite, seed, 'accuracy of ' || operator || ' on ' || prompt_set AS trajectory, 'accuracy' AS quantity,
    operator, NULL::TEXT AS preset, prompt_set, NULL::TEXT AS family, step,
    correct AS successes, n AS trials, NULL::DOUBLE AS chance, NULL::DOUBLE AS value
  FROM latest_units
  JOIN accuracy USING (unit_id, suite, seed, step)
  WHERE accuracy IS NOT NULL
    AND prompt_set IN ('universe', 'held_out')
  UNION ALL
  SELECT suite, seed,
    CASE family WHEN 'any' THEN 'classified' ELSE family END || ' neurons of ' || operator || ' by ' || preset,
    'classified', operator, preset, NULL, family, step, neurons, live_neurons, chance_activations_permuted, NULL
  FROM heuristic_counts
  WHERE target = 'any'
    AND null_reason IS NULL
  UNION ALL
  SELECT suite, seed, 'shared with reference of ' || operator || ' by ' || preset,
    'shared_with_reference', operator, preset, NULL, NULL, step, shared_pairs, reference_pairs, NULL, NULL
  FROM shared_with_reference
  WHERE operator <> 'any'
    AND null_reason IS NULL
    AND step < reference_step
  UNION ALL
  SELECT suite, seed, 'knock-out drop of ' || operator || ' by ' || preset,
    'knockout_drop', operator, preset, NULL, NULL, step, NULL, NULL, NULL, avg(difference)
  FROM knockout_drops
  WHERE null_reason IS NULL
  GROUP BY suite, seed, operator, preset, step
)
SELECT *
FROM levels
WHERE ($suite IS NULL OR suite = $suite)
  AND ($seed IS NULL OR seed = $seed)
  AND ($preset IS NULL OR preset IS NULL OR preset = $preset)
ORDER BY suite, seed, strpos('+-*/', operator), quantity, preset, prompt_set, family, step
