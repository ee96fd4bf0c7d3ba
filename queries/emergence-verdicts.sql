-- question: When does each quantity emerge, and is its rise gradual or abrupt?
-- grain: one row per suite, seed and trajectory
-- note: Stored by heuristrace emergence. gradual and abrupt are claimed only where the best model of that kind leads the best
--   of the other by 4 in AICc (sample size: steps) and in -2 log L alike, and the change itself is significant over all
--   trajectories of the suite (Holm). Onset is where the curve has made 10 % of its rise, half-way 50 %; where the level goes
--   back, on the way to its peak. Intervals are bootstrap 95 % over prompts and courses of training.
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics, beside accuracy; null: all
-- param operator text? = null of emergence.operator : one of + - * /; null: all
-- param quantity text? = null of emergence.quantity : accuracy, classified, shared_with_reference or knockout_drop; null: all
-- param prompt_set text? = null of emergence.prompt_set : prompts of an accuracy; null: every row
-- param family text? = null of emergence.family : kind of heuristics of classified neurons; any: all kinds together; null: every row
-- param curve text = 'logistic' of emergence_times.curve : curve that times are read off: logistic or isotonic
-- column suite text : suite
-- column seed int : training seed
-- column trajectory text : readable name, the same for all seeds
-- column quantity text : accuracy, classified, shared_with_reference or knockout_drop
-- column operator text : arithmetic operator
-- column name text : the operator in words
-- column preset text : preset of heuristics; null for accuracy
-- column prompt_set text : prompts of an accuracy; null for other quantities
-- column family text : kind of heuristics of classified neurons; any: all; null for other quantities
-- column verdict text : gradual, abrupt, no_change or undetermined
-- column null_reason text : why it is undetermined; null otherwise
-- column because text : the same in words
-- column abrupt_over_gradual double : AICc of the best gradual model less that of the best abrupt one; positive speaks for abrupt
-- column aicc_lead double : its size
-- column p double : p-value that anything changes, by itself
-- column p_adjusted double : the same, adjusted over all trajectories of the suite
-- column declines boolean : true when the level goes back after its change
-- column onset_step double : training step of the onset, interpolated on log steps
-- column onset_low double : lower end of its interval; null with its reason in onset_low_reason
-- column onset_high double : upper end of its interval; null with its reason in onset_high_reason
-- column onset_reason text : why onset_step is null
-- column onset_low_reason text : why onset_low is null
-- column onset_high_reason text : why onset_high is null
-- column halfway_step double : training step half-way
-- column halfway_low double : lower end of its interval
-- column halfway_high double : upper end of its interval
-- column halfway_reason text : why halfway_step is null
-- column halfway_low_reason text : why halfway_low is null
-- column halfway_high_reason text : why halfway_high is null
-- column onset_ends text : the ends of the interval of the onset in words; null where there is none
-- column halfway_place text : where half-way is, in words; null where there is no such step
-- column halfway_ends text : the ends of the interval of half-way in words; null where there is none
-- column rate double : rate of the curve, per octave of the step
-- column rise double : its ceiling less its floor; negative where the level falls
-- column n_steps int : measured steps, the sample size of AICc
-- column first_step int : first measured step
-- column last_step int : last measured step
-- column smallest_n int : fewest prompts, neurons or pairs counted at a step; null for values
-- column largest_n int : most of them
-- column chance_subtracted boolean : true when the chance level of each step is subtracted
-- column headline boolean : true for accuracy on the universe and for classified neurons of all kinds
-- column gradual boolean : true when the verdict is gradual
-- column abrupt boolean : true when it is abrupt
-- column gradual_rise boolean : true when it is gradual, and the ceiling lies above the floor
-- column gradual_fall boolean : true when it is gradual, and the level falls
-- column abrupt_rise boolean : true when it is abrupt, and the ceiling lies above the floor
-- column abrupt_fall boolean : true when it is abrupt, and the level falls
-- column unchanged boolean : true when it is no_change
-- column undetermined boolean : true when it is undetermined
-- column timed boolean : true when onset_step is given
-- column current boolean : true when the verdict was computed from the results that the database has now

WITH judged AS (
  SELECT *
  FROM emergence
  WHERE ($suite IS NULL OR suite = $suite)
    AND ($seed IS NULL OR seed = $seed)
    AND ($preset IS NULL OR preset IS NULL OR preset = $preset)
    AND ($operator IS NULL OR operator = $operator)
    AND ($quantity IS NULL OR quantity = $quantity)
    AND ($prompt_set IS NULL OR prompt_set = $prompt_set)
    AND ($family IS NULL OR family = $family)
),
times AS (
  SELECT *,
    CASE WHEN step IS NOT NULL THEN 'at step ' || format('{:,}', round(step)::BIGINT)
      WHEN null_reason = 'before_first' THEN 'before the first measured step'
      WHEN null_reason = 'after_last' THEN 'after the last measured step' END AS place,
    CASE WHEN low IS NOT NULL THEN format('{:,}', round(low)::BIGINT)
      WHEN low_null_reason = 'before_first' THEN 'before the first step'
      WHEN low_null_reason = 'after_last' THEN 'after the last step' END AS low_words,
    CASE WHEN high IS NOT NULL THEN format('{:,}', round(high)::BIGINT)
      WHEN high_null_reason = 'before_first' THEN 'before the first step'
      WHEN high_null_reason = 'after_last' THEN 'after the last step' END AS high_words,
    CASE WHEN low IS NOT NULL AND high IS NOT NULL THEN low_words || '–' || high_words
      WHEN low_words = high_words THEN low_words
      ELSE low_words || ' to ' || high_words END AS ends
  FROM emergence_times
  WHERE curve = $curve
),
inputs AS (
  SELECT suite, md5(string_agg(unit_id, ',' ORDER BY unit_id)) AS inputs_hash
  FROM latest_units
  WHERE measure IN ('accuracy', 'classification', 'knockouts')
  GROUP BY suite
)
SELECT suite, seed, trajectory, quantity, operator,
  CASE operator WHEN '+' THEN 'addition' WHEN '-' THEN 'subtraction' WHEN '*' THEN 'multiplication' ELSE 'division' END
    AS name,
  preset, prompt_set, family, verdict, e.null_reason,
  CASE e.null_reason
    WHEN 'too_few_steps' THEN 'fewer than 10 steps, or 3 on a side'
    WHEN 'rise_too_small' THEN 'a change cannot be told from noise'
    WHEN 'models_too_close' THEN 'gradual and abrupt models explain it equally well'
    WHEN 'steps_too_coarse' THEN 'it is too quick for these checkpoints'
  END AS because,
  abrupt_over_gradual, abs(abrupt_over_gradual) AS aicc_lead, p, p_adjusted, declines,
  onset.step AS onset_step, onset.low AS onset_low, onset.high AS onset_high,
  onset.null_reason AS onset_reason, onset.low_null_reason AS onset_low_reason, onset.high_null_reason AS onset_high_reason,
  halfway.step AS halfway_step, halfway.low AS halfway_low, halfway.high AS halfway_high,
  halfway.null_reason AS halfway_reason, halfway.low_null_reason AS halfway_low_reason,
  halfway.high_null_reason AS halfway_high_reason,
  onset.ends AS onset_ends, halfway.place AS halfway_place, halfway.ends AS halfway_ends,
  CASE $curve WHEN 'isotonic' THEN isotonic_rate ELSE rate END AS rate,
  CASE $curve WHEN 'isotonic' THEN isotonic_rise ELSE rise END AS rise,
  n_steps, first_step, last_step, smallest_n, largest_n, chance_subtracted,
  coalesce(prompt_set = 'universe' OR family = 'any', false) AS headline,
  verdict = 'gradual' AS gradual, verdict = 'abrupt' AS abrupt,
  verdict = 'gradual' AND coalesce(e.rise, 0) >= 0 AS gradual_rise, verdict = 'gradual' AND e.rise < 0 AS gradual_fall,
  verdict = 'abrupt' AND coalesce(e.rise, 0) >= 0 AS abrupt_rise, verdict = 'abrupt' AND e.rise < 0 AS abrupt_fall,
  verdict = 'no_change' AS unchanged,
  verdict = 'undetermined' AS undetermined, onset.step IS NOT NULL AS timed,
  coalesce(runs.inputs_hash = inputs.inputs_hash, false) AS current
FROM judged AS e
JOIN emergence_runs AS runs USING (suite)
LEFT JOIN inputs USING (suite)
JOIN times AS onset USING (suite, seed, trajectory)
JOIN times AS halfway USING (suite, seed, trajectory)
WHERE onset.part = 'onset'
  AND halfway.part = 'halfway'
ORDER BY suite, seed, quantity, strpos('+-*/', operator), preset, prompt_set, family
