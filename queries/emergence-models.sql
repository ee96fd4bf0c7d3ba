-- question: Which course of training explains each trajectory best: abrupt, gradual, straight or none?
-- grain: one row per suite, seed, trajectory and model, the best first; one without a model where there were too few steps
-- note: Each model is fitted by maximum likelihood on log steps. moving_on: with a straight course after the change, such as a
--   decline. A difference of 4 in AICc is a likelihood ratio of e squared for models of equal size.
-- param suite text? = null of suites.suite : suite; null: all
-- param seed int? = null of checkpoints.seed : training seed; null: all
-- param preset text? = 'paper' of configurations.preset : preset of heuristics, beside accuracy; null: all
-- param operator text? = null of emergence.operator : one of + - * /; null: all
-- param quantity text? = null of emergence.quantity : accuracy, classified, shared_with_reference or knockout_drop; null: all
-- param prompt_set text? = null of emergence.prompt_set : prompts of an accuracy; null: every row
-- param family text? = null of emergence.family : kind of heuristics of classified neurons; any: all kinds together; null: every row
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
-- column model text : constant, line, power_law, change_point, logistic, change_point_moving_on or logistic_moving_on
-- column k int : free parameters, with the spread of the noise and the time of a change point
-- column n int : sample size: measured steps
-- column log_likelihood double : largest log-likelihood
-- column aicc double : information criterion of Akaike for small samples (Hurvich and Tsai)
-- column delta double : aicc less that of the best model of this trajectory
-- column weight double : Akaike weight among these models
-- column what text : the trajectory in words, of those that headline is true for
-- column model_name text : the model in words
-- column headline boolean : true for accuracy on the universe and for classified neurons of all kinds
-- column best_headline boolean : true for the best model where headline is true

SELECT suite, seed, trajectory, quantity, operator,
  CASE operator WHEN '+' THEN 'addition' WHEN '-' THEN 'subtraction' WHEN '*' THEN 'multiplication' ELSE 'division' END
    AS name,
  preset, prompt_set, family, verdict, null_reason, model, k, coalesce(n, n_steps)::INTEGER AS n, log_likelihood, aicc, delta, weight,
  CASE quantity WHEN 'accuracy' THEN 'accuracy of ' ELSE 'the share of classified neurons of ' END || name AS what,
  CASE model
    WHEN 'constant' THEN 'a constant level'
    WHEN 'line' THEN 'a straight line'
    WHEN 'power_law' THEN 'a power law'
    WHEN 'change_point' THEN 'a change point'
    WHEN 'logistic' THEN 'a logistic'
    WHEN 'change_point_moving_on' THEN 'a change point that moves on'
    WHEN 'logistic_moving_on' THEN 'a logistic that moves on'
  END AS model_name,
  coalesce(prompt_set = 'universe' OR family = 'any', false) AS headline,
  headline AND delta IS NOT DISTINCT FROM 0 AS best_headline
FROM emergence
LEFT JOIN emergence_models USING (suite, seed, trajectory)
WHERE ($suite IS NULL OR suite = $suite)
  AND ($seed IS NULL OR seed = $seed)
  AND ($preset IS NULL OR preset IS NULL OR preset = $preset)
  AND ($operator IS NULL OR operator = $operator)
  AND ($quantity IS NULL OR quantity = $quantity)
  AND ($prompt_set IS NULL OR prompt_set = $prompt_set)
  AND ($family IS NULL OR family = $family)
ORDER BY suite, seed, quantity, strpos('+-*/', operator), preset, prompt_set, family, delta, model
