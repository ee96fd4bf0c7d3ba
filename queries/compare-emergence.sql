-- question: After how many tokens does each run begin to change, and when is it half-way, gradually or abruptly?
-- grain: one row per run, preset (null for accuracy), quantity, operator and part of the rise, the earliest run first
-- note: Of accuracy on the universe and of classified neurons of all kinds, as heuristrace emergence judged them. Of a trajectory
--   judged for one seed of the run, the time of its fitted logistic with a bootstrap 95 % interval; of one judged for several, the mean over its
--   seeds on log steps with its 95 % interval, which two seeds are too few for. Tokens are steps times tokens per step.
-- param runs text? = null : runs compared, separated by commas, each a suite or suite@seed; null: every suite
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param quantity text? = null of emergence.quantity : accuracy or classified; null: both
-- param part text? = null of emergence_times.part : onset (10 % of the rise) or halfway (50 %); null: both
-- column run text : name: suite, or suite@seed
-- column preset text : preset of heuristics; null for accuracy
-- column quantity text : accuracy or classified
-- column operator text : arithmetic operator
-- column name text : the operator in words
-- column part text : onset: 10 % of the rise; halfway: 50 %
-- column seeds int : seeds judged
-- column verdicts text : gradual, abrupt, no_change or undetermined; of several seeds with their number
-- column step double : training step, interpolated on log steps; null when nothing changes or it is out of the measured steps
-- column tokens double : training tokens seen at it
-- column low_tokens double : lower end of its 95 % interval, tokens; null when there is none
-- column high_tokens double : upper end of it
-- column bounded boolean : true when both ends are given
-- column leads boolean : true in the row of the earliest run of each operator, where several runs have a time
-- column next_run text : the run that is next; null when there is none
-- column next_tokens double : its tokens
-- column next_low_tokens double : lower end of its interval
-- column next_high_tokens double : upper end of it
-- column next_bounded boolean : true when both ends are given
-- column apart boolean : true when the interval ends before that of the next run begins; null without either
-- column overlap boolean : true when it does not; null without either
-- column no_interval boolean : true when the earliest run has a next one, and they cannot be compared for want of an interval

WITH asked AS (
  SELECT run, suite, seed
  FROM runs
  WHERE CASE WHEN $runs IS NULL THEN run = suite ELSE list_contains(string_split($runs, ','), run) END
),
judged AS (
  SELECT a.run, e.*
  FROM asked AS a JOIN emergence AS e USING (suite, seed)
  WHERE ((quantity = 'accuracy' AND prompt_set = 'universe')
      OR (quantity = 'classified' AND family = 'any' AND target = 'any'))
    AND (preset IS NULL OR $preset IS NULL OR preset = $preset)
    AND ($quantity IS NULL OR quantity = $quantity)
),
verdicts AS (
  SELECT run, suite, any_value(seed) AS seed, preset, quantity, operator, trajectory, count(*) AS seeds
  FROM judged
  GROUP BY run, suite, preset, quantity, operator, trajectory
),
told AS (
  SELECT run, trajectory, string_agg(CASE WHEN alone THEN verdict ELSE seeds || ' ' || verdict END, ', ' ORDER BY seeds DESC, verdict)
    AS verdicts
  FROM (
    SELECT run, trajectory, verdict, count(*) AS seeds, sum(count(*)) OVER (PARTITION BY run, trajectory) = 1 AS alone
    FROM judged
    GROUP BY run, trajectory, verdict
  )
  GROUP BY run, trajectory
),
times AS (
  SELECT v.run, v.trajectory, t.part, t.step, t.low, t.high
  FROM verdicts AS v JOIN emergence_times AS t USING (suite, seed, trajectory)
  WHERE v.seeds = 1 AND t.curve = 'logistic'
  UNION ALL
  SELECT v.run, v.trajectory, t.part, t.mean_step, t.low_step, t.high_step
  FROM verdicts AS v JOIN emergence_over_seeds AS t USING (suite, trajectory)
  WHERE v.seeds > 1 AND t.kind = 'time'
),
placed AS (
  SELECT v.run, v.preset, v.quantity, v.operator, t.part, v.seeds, told.verdicts,
    t.step, t.step * s.tokens_per_step AS tokens, t.low * s.tokens_per_step AS low_tokens, t.high * s.tokens_per_step AS high_tokens
  FROM verdicts AS v
  JOIN told USING (run, trajectory)
  JOIN times AS t USING (run, trajectory)
  JOIN suites AS s ON s.suite = v.suite
  WHERE $part IS NULL OR t.part = $part
),
ranked AS (
  SELECT *,
    row_number() OVER ranks AS rank,
    lead(run) OVER ranks AS next_name,
    lead(tokens) OVER ranks AS next_tokens,
    lead(low_tokens) OVER ranks AS next_low_tokens,
    lead(high_tokens) OVER ranks AS next_high_tokens
  FROM placed
  WINDOW ranks AS (
    PARTITION BY preset, quantity, part, operator
    ORDER BY tokens NULLS LAST, list_position(string_split($runs, ','), run), run
  )
)
SELECT run, preset, quantity, operator,
  CASE operator WHEN '+' THEN 'addition' WHEN '-' THEN 'subtraction' WHEN '*' THEN 'multiplication'
    ELSE 'division' END AS name,
  part, seeds::INTEGER AS seeds, verdicts, step, tokens, low_tokens, high_tokens,
  low_tokens IS NOT NULL AND high_tokens IS NOT NULL AS bounded,
  rank = 1 AND next_tokens IS NOT NULL AS leads,
  CASE WHEN next_tokens IS NOT NULL THEN next_name END AS next_run,
  next_tokens, next_low_tokens, next_high_tokens,
  next_low_tokens IS NOT NULL AND next_high_tokens IS NOT NULL AS next_bounded,
  high_tokens < next_low_tokens AS apart,
  high_tokens >= next_low_tokens AS overlap,
  rank = 1 AND next_tokens IS NOT NULL AND (high_tokens IS NULL OR next_low_tokens IS NULL) AS no_interval
FROM ranked
ORDER BY preset, quantity, part, strpos('+-*/', operator), tokens NULLS LAST, list_position(string_split($runs, ','), run), run
