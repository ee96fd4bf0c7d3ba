-- question: After how many tokens does each run reach a level, and which run first?
-- grain: one row per run, preset, quantity and operator, the earliest run first
-- note: The level is first met between two checkpoints: after those seen at the checkpoint before, and by those seen at
--   the first at which the value is at least the level. Over several seeds, from the earliest to the latest of
--   these; a run has reached the level when all its measured seeds have. The next run is the one that
--   reaches it next; the two are told apart when the first has met it before the other can have.
-- param runs text? = null : runs compared, separated by commas, each a suite or suite@seed; null: every suite
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param quantity text = 'accuracy' of seed_levels.quantity : accuracy, classified, shared_with_reference, faithfulness or knockout_drop
-- param level double = 0.5 : value that is to be reached
-- column run text : name: suite, or suite@seed
-- column preset text : preset of heuristics; null for accuracy
-- column quantity text : what is looked at
-- column operator text : arithmetic operator
-- column name text : the operator in words
-- column seeds int : seeds measured
-- column seeds_reached int : of these, those that reach the level
-- column reached boolean : true when all do
-- column not_reached boolean : true when not all do
-- column after_step int : last measured step before; null when the level is met at the first step
-- column by_step int : measured step at which the level is met
-- column after_tokens bigint : tokens seen at after_step, of the earliest seed; 0 when it is met at the first step
-- column by_tokens bigint : tokens seen at by_step, of the latest seed
-- column highest double : largest value measured
-- column last_tokens bigint : tokens seen at the last measured step
-- column next_run text : the run that reaches it next; null when there is none
-- column next_after_tokens bigint : its after_tokens
-- column next_by_tokens bigint : its by_tokens
-- column first_apart boolean : true in the row of the first run when the next one is told apart from it
-- column first_not_apart boolean : true in the row of the first run when the next one is not told apart from it
-- column only_one boolean : true in the row of the only run of several that reaches it
-- column none boolean : true in one row where there are several runs and none reaches it

WITH asked AS (
  SELECT run, suite, seed
  FROM runs
  WHERE CASE WHEN $runs IS NULL THEN run = suite ELSE list_contains(string_split($runs, ','), run) END
),
points AS (
  SELECT run, seed, preset, quantity, operator, step, tokens, value,
    lag(step) OVER trajectory AS before_step,
    lag(tokens) OVER trajectory AS before_tokens
  FROM asked
  JOIN seed_levels USING (suite, seed)
  WHERE value IS NOT NULL AND tokens IS NOT NULL AND family = 'any' AND quantity = $quantity
    AND (preset IS NULL OR $preset IS NULL OR preset = $preset)
  WINDOW trajectory AS (PARTITION BY run, seed, preset, quantity, operator ORDER BY step)
),
each_seed AS (
  SELECT run, seed, preset, quantity, operator,
    min(step) FILTER (value >= $level) AS by_step,
    arg_min_null(before_step, step) FILTER (value >= $level) AS after_step,
    min(tokens) FILTER (value >= $level) AS by_tokens,
    arg_min(coalesce(before_tokens, 0), step) FILTER (value >= $level) AS after_tokens,
    max(value) AS highest,
    max(tokens) AS last_tokens
  FROM points
  GROUP BY run, seed, preset, quantity, operator
),
each_run AS (
  SELECT run, preset, quantity, operator,
    count(*)::INTEGER AS seeds,
    count(by_step)::INTEGER AS seeds_reached,
    count(*) = count(by_step) AS reached,
    min(after_step) AS after_step, max(by_step) AS by_step,
    min(after_tokens) AS after_tokens, max(by_tokens) AS by_tokens,
    max(highest) AS highest,
    max(last_tokens) AS last_tokens
  FROM each_seed
  GROUP BY run, preset, quantity, operator
),
ranked AS (
  SELECT *,
    row_number() OVER ranks = 1 AS is_first,
    lead(reached) OVER ranks AS next_reached,
    lead(run) OVER ranks AS next_name,
    lead(after_tokens) OVER ranks AS next_after,
    lead(by_tokens) OVER ranks AS next_by
  FROM each_run
  WINDOW ranks AS (
    PARTITION BY preset, quantity, operator
    ORDER BY reached DESC, by_tokens, list_position(string_split($runs, ','), run), run
  )
)
SELECT run, preset, quantity, operator,
  CASE operator WHEN '+' THEN 'addition' WHEN '-' THEN 'subtraction' WHEN '*' THEN 'multiplication'
    ELSE 'division' END AS name,
  seeds, seeds_reached, reached, NOT reached AS not_reached,
  CASE WHEN reached THEN after_step END AS after_step,
  CASE WHEN reached THEN by_step END AS by_step,
  CASE WHEN reached THEN after_tokens END AS after_tokens,
  CASE WHEN reached THEN by_tokens END AS by_tokens,
  highest, last_tokens,
  CASE WHEN next_reached THEN next_name END AS next_run,
  CASE WHEN next_reached THEN next_after END AS next_after_tokens,
  CASE WHEN next_reached THEN next_by END AS next_by_tokens,
  coalesce(is_first AND next_reached AND by_tokens <= next_after, false) AS first_apart,
  coalesce(is_first AND next_reached AND by_tokens > next_after, false) AS first_not_apart,
  coalesce(is_first AND reached AND NOT next_reached, false) AS only_one,
  coalesce(is_first AND NOT reached AND next_name IS NOT NULL, false) AS none
FROM ranked
ORDER BY preset, quantity, strpos('+-*/', operator), reached DESC, by_tokens, list_position(string_split($runs, ','), run), run
