-- question: How do the sizes of one model family develop over the tokens they were trained on?
-- grain: one row per suite of a model family of several sizes, preset (null for accuracy), quantity, operator and step
-- note: A family is the suites whose names differ in their size alone, as pythia-70m and pythia-1.4b; taken are the
--   families of the runs asked for. A suite of several seeds is shown by their mean.
-- param runs text? = null : runs whose model families are shown, separated by commas; null: every suite
-- param preset text? = 'paper' of configurations.preset : preset of heuristics; null: all
-- param quantity text? = null of seed_levels.quantity : accuracy, classified, shared_with_reference, faithfulness or knockout_drop; null: all
-- column model_family text : name of the suite without its size
-- column suite text : suite
-- column size text : size in its name
-- column block_weights bigint : numbers in the weight matrices of its blocks, about: embeddings, norms and biases are left out
-- column place int : place among the sizes of the family, the smallest is 1
-- column sizes int : sizes of the family in the database
-- column preset text : preset of heuristics; null for accuracy
-- column quantity text : accuracy, classified (share above chance), shared_with_reference, faithfulness or knockout_drop
-- column operator text : arithmetic operator
-- column name text : the operator in words
-- column step int : training step (optimiser updates)
-- column tokens bigint : training tokens seen at this step
-- column value double : mean over the seeds
-- column low double : lower end of the 95 % interval over prompts (one seed) or of the range over seeds
-- column high double : upper end of it
-- column seeds int : seeds measured at this step
-- column complete boolean : true when all seeds of the suite were measured at this step
-- column is_last boolean : true at the last complete step of the suite, preset and quantity
-- column leads boolean : true in the first row of each suite among those

WITH named AS (
  SELECT DISTINCT model_family, suite, size
  FROM runs
  WHERE size IS NOT NULL
),
families AS (
  SELECT model_family
  FROM named
  JOIN runs USING (model_family, suite)
  WHERE $runs IS NULL OR list_contains(string_split($runs, ','), run)
  GROUP BY model_family
),
sized AS (
  SELECT n.*,
    s.n_layers::BIGINT * s.d_model
      * (4 * s.d_model + CASE WHEN s.architecture = 'llama' THEN 3 ELSE 2 END * s.d_mlp) AS block_weights
  FROM named AS n
  JOIN families USING (model_family)
  JOIN suites AS s USING (suite)
),
placed AS (
  SELECT *,
    row_number() OVER (PARTITION BY model_family ORDER BY block_weights, suite) AS place,
    count(*) OVER (PARTITION BY model_family) AS sizes
  FROM sized
),
shown AS (
  SELECT p.*, t.preset, t.quantity, t.operator, t.step, t.tokens, t.value, t.low, t.high, t.seeds, t.complete,
    coalesce(t.step = max(t.step) FILTER (t.complete) OVER (PARTITION BY p.suite, t.preset, t.quantity), false) AS is_last
  FROM placed AS p
  JOIN run_levels AS t ON t.run = p.suite
  WHERE p.sizes > 1 AND t.family = 'any' AND t.tokens IS NOT NULL
    AND (t.preset IS NULL OR $preset IS NULL OR t.preset = $preset)
    AND ($quantity IS NULL OR t.quantity = $quantity)
)
SELECT model_family, suite, size, block_weights, place::INTEGER AS place, sizes::INTEGER AS sizes,
  preset, quantity, operator,
  CASE operator WHEN '+' THEN 'addition' WHEN '-' THEN 'subtraction' WHEN '*' THEN 'multiplication'
    ELSE 'division' END AS name,
  step, tokens, value, low, high, seeds, complete, is_last,
  row_number() OVER (PARTITION BY suite, preset, quantity, is_last ORDER BY strpos('+-*/', operator), step) = 1 AS leads
FROM shown
ORDER BY model_family, shown.place, preset, quantity, strpos('+-*/', operator), step
