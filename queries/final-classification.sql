-- question: How many neurons implement a heuristic in the end, and is that more than chance gives?
-- grain: one row per suite, seed, preset and operator: its last measured step
-- note: Chance is the share of neurons that match when activations are permuted over prompts. The verdict compares the
--   two shares at the 95 % level, neurons taken as independent draws: above or below when the interval of their
--   difference by Agresti and Caffo (2000), one match and one miss added to each, leaves out 0; else not_told_apart.
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- column suite text : suite
-- column seed int : training seed
-- column preset text : preset of heuristics
-- column operator text : arithmetic operator
-- column name text : the operator in words
-- column step int : last measured step
-- column last_step int : latest of these steps over the operators
-- column earlier_step int : step, where it lies before that; null elsewhere
-- column classified int : live neurons that match at least one heuristic
-- column live_neurons int : neurons that can be classified
-- column share double : classified / live_neurons
-- column chance double : share by chance, activations permuted; null when not stored
-- column chance_labels_permuted double : share by chance, operand labels permuted; null when not stored
-- column excess double : share - chance
-- column excess_low double : lower end of the 95 % interval of the excess, share
-- column excess_high double : upper end of the 95 % interval of the excess, share
-- column verdict text : above, below or not_told_apart; null when chance is not stored
-- column above boolean : true when the verdict is above
-- column not_above boolean : true when the verdict is below or not_told_apart
-- column peak_share double : largest share at any measured step
-- column peak_step int : first step that has it
-- column peak_excess double : largest excess at any measured step
-- column peak_excess_step int : first step that has it
-- column first_share double : share at the first measured step
-- column first_chance double : chance at the first measured step
-- column first_step int : first measured step

WITH measured AS (
  SELECT *
  FROM heuristic_counts
  WHERE target = 'any' AND family = 'any' AND share IS NOT NULL
    AND ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset = $preset)
),
peaks AS (
  SELECT suite, seed, preset, operator, max(step) AS step, min(step) AS first_step,
    max(share) AS peak_share, arg_max(step, (share, -step)) AS peak_step,
    max(excess) AS peak_excess, arg_max(step, (excess, -step)) FILTER (excess IS NOT NULL) AS peak_excess_step,
    arg_min(share, step) AS first_share, arg_min(chance_activations_permuted, step) AS first_chance
  FROM measured
  GROUP BY ALL
),
added AS (
  SELECT *, chance_activations_permuted AS chance, live_neurons + 2 AS n,
    (neurons + 1) / (live_neurons + 2) AS p,
    (chance_activations_permuted * live_neurons + 1) / (live_neurons + 2) AS q
  FROM measured
  JOIN peaks USING (suite, seed, preset, operator, step)
),
final AS (
  SELECT *,
    p - q - 1.96 * sqrt((p * (1 - p) + q * (1 - q)) / n) AS excess_low,
    p - q + 1.96 * sqrt((p * (1 - p) + q * (1 - q)) / n) AS excess_high
  FROM added
)
SELECT suite, seed, preset, operator,
  CASE operator WHEN '+' THEN 'addition' WHEN '-' THEN 'subtraction' WHEN '*' THEN 'multiplication'
    ELSE 'division' END AS name,
  step,
  max(step) OVER (PARTITION BY suite, seed, preset) AS last_step,
  nullif(step, max(step) OVER (PARTITION BY suite, seed, preset)) AS earlier_step,
  neurons AS classified,
  live_neurons, share, chance, chance_labels_permuted, excess, excess_low, excess_high,
  CASE WHEN excess IS NULL THEN NULL WHEN excess_low > 0 THEN 'above' WHEN excess_high < 0 THEN 'below'
    ELSE 'not_told_apart' END AS verdict,
  coalesce(excess_low > 0, false) AS above,
  coalesce(excess_low <= 0, false) AS not_above,
  peak_share, peak_step, peak_excess, peak_excess_step, first_share, first_chance, first_step
FROM final
ORDER BY suite, seed, preset, strpos('+-*/', operator)
