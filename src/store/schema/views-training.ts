import { FAMILIES } from '../../domain/heuristic.js';
import { OPERATORS } from '../../domain/operator.js';
import { choice, double, integer, nullable, text, view } from './columns.js';
import { ANY, nullReason, operator, seed, suite } from './shared-columns.js';

const preset = text('preset of heuristics (method 7)');

/** Views that compare checkpoints with one another (method 10). */
export const TRAINING_VIEWS = {
  step_overlap: view({
    comment:
      'One row per suite, seed, preset, operator and pair of steps, step_a no later than step_b: overlap of their (heuristic, layer, neuron) tuples and of their classified neurons (method 10). Null where either step was not measured, or where neither has any.',
    columns: {
      suite,
      seed,
      preset,
      operator,
      step_a: integer('training step, the earlier of the two or the same'),
      step_b: integer('training step'),
      shared_pairs: nullable(integer('(heuristic, neuron) tuples present at both')),
      union_pairs: nullable(integer('tuples present at either')),
      pair_iou: nullable(double('intersection over union: shared_pairs / union_pairs')),
      shared_neurons: nullable(integer('neurons classified at both')),
      union_neurons: nullable(integer('neurons classified at either')),
      neuron_iou: nullable(double('intersection over union: shared_neurons / union_neurons')),
      null_reason: nullReason,
    },
    // Each life is where it appears (+1) and vanishes (-1). The changes of two lives multiplied, summed over lives and
    // then along both axes give how many are there at both steps, without a row for every life and pair of steps.
    sql: `
WITH steps AS MATERIALIZED (
  SELECT suite, seed, preset, operator, step, step_index, pairs, classified_neurons AS neurons, null_reason
  FROM classification_steps
),
cells AS (
  SELECT suite, seed, preset, operator, a.step AS step_a, b.step AS step_b, a.step_index AS index_a,
    b.step_index AS index_b, a.pairs AS pairs_a, b.pairs AS pairs_b, a.neurons AS neurons_a, b.neurons AS neurons_b,
    coalesce(a.null_reason, b.null_reason) AS reason
  FROM steps AS a JOIN steps AS b USING (suite, seed, preset, operator)
),
changes AS (
  SELECT run, history, heuristic <> 'any' AS is_pair, step_index, change FROM match_changes
),
runs AS (
  SELECT suite, seed, preset, operator, dense_rank() OVER (ORDER BY suite, seed, preset, operator) AS run
  FROM (SELECT DISTINCT suite, seed, preset, operator FROM steps WHERE step_index IS NOT NULL)
),
products AS (
  SELECT a.run, a.step_index AS index_a, b.step_index AS index_b,
    sum(a.change * b.change) FILTER (a.is_pair) AS pairs, sum(a.change * b.change) FILTER (NOT a.is_pair) AS neurons
  FROM changes AS a JOIN changes AS b USING (history)
  WHERE a.step_index <= b.step_index
  GROUP BY a.run, a.step_index, b.step_index
),
square AS (
  SELECT suite, seed, preset, operator, index_a, index_b, pairs, neurons FROM products JOIN runs USING (run)
  UNION ALL
  SELECT suite, seed, preset, operator, index_b, index_a, pairs, neurons FROM products JOIN runs USING (run)
  WHERE index_a < index_b
),
along_b AS (
  SELECT c.*, sum(s.pairs) OVER along AS pairs, sum(s.neurons) OVER along AS neurons
  FROM cells AS c LEFT JOIN square AS s USING (suite, seed, preset, operator, index_a, index_b)
  WINDOW along AS (PARTITION BY c.suite, c.seed, c.preset, c.operator, c.step_a ORDER BY c.step_b)
),
shared AS (
  SELECT * EXCLUDE (pairs, neurons), coalesce(sum(pairs) OVER along, 0) AS pairs,
    coalesce(sum(neurons) OVER along, 0) AS neurons
  FROM along_b
  WINDOW along AS (PARTITION BY suite, seed, preset, operator, step_b ORDER BY step_a)
),
counted AS (
  SELECT suite, seed, preset, operator, step_a, step_b, reason,
    pairs::INTEGER AS shared_pairs,
    (pairs_a + pairs_b - pairs)::INTEGER AS union_pairs,
    neurons::INTEGER AS shared_neurons,
    (neurons_a + neurons_b - neurons)::INTEGER AS union_neurons
  FROM shared
  WHERE step_a <= step_b
)
SELECT suite, seed, preset, operator, step_a, step_b,
  CASE WHEN reason IS NULL THEN shared_pairs END AS shared_pairs,
  CASE WHEN reason IS NULL THEN union_pairs END AS union_pairs,
  CASE WHEN reason IS NULL THEN shared_pairs / nullif(union_pairs, 0) END AS pair_iou,
  CASE WHEN reason IS NULL THEN shared_neurons END AS shared_neurons,
  CASE WHEN reason IS NULL THEN union_neurons END AS union_neurons,
  CASE WHEN reason IS NULL THEN shared_neurons / nullif(union_neurons, 0) END AS neuron_iou,
  CASE WHEN reason IS NULL AND union_pairs = 0 THEN 'denominator_below_floor' ELSE reason END AS null_reason
FROM counted`,
  }),
  heuristic_survival: view({
    comment:
      'One row per suite, seed, preset, operator (any: all together), family (any: all) and age at which a life ends: share of the (heuristic, neuron) tuples that live longer, by Kaplan and Meier (1958). A life runs from birth_step to death_step of heuristic_lifetimes; one that lasts to the last measured step is censored there. Tuples present at a first measured step above 0 are left out, since their age is not known. Ages are known to the distance between checkpoints: a death is dated to the first step without it.',
    columns: {
      suite,
      seed,
      preset,
      operator: choice([ANY, ...OPERATORS], 'operator; any: all together'),
      family: choice([ANY, ...FAMILIES], 'kind of heuristics; any: all'),
      age: integer('training steps (optimiser updates) since birth; 0: where each curve begins'),
      at_risk: integer('tuples known to have reached this age'),
      deaths: integer('of these, those that die at it'),
      censored: integer('of these, those that are followed no further: alive at the last measured step'),
      survival: double('share of tuples that live longer than this age'),
      ci_low: nullable(
        double('lower end of its 95 % interval (Greenwood, log-log); null where survival is 0 or 1'),
      ),
      ci_high: nullable(
        double('upper end of its 95 % interval (Greenwood, log-log); null where survival is 0 or 1'),
      ),
    },
    sql: `
WITH measured AS (
  SELECT suite, seed, preset, operator, configuration_id, measure_version, step AS last_step,
    lead(step) OVER trajectory AS death_step,
    first(step) OVER trajectory AS first_step
  FROM classification_steps
  WHERE step_index IS NOT NULL
  WINDOW trajectory AS (PARTITION BY suite, seed, preset, operator ORDER BY step_index)
),
spans AS (
  SELECT suite, seed, configuration_id, measure_version, operator, family, steps[1] AS birth_step,
    steps[-1] AS last_step, count(*) AS lives
  FROM match_histories WHERE heuristic <> 'any' GROUP BY ALL
),
lives AS (
  SELECT suite, seed, preset, operator, family, coalesce(death_step, last_step) - birth_step AS age,
    death_step IS NOT NULL AS died, lives
  FROM spans JOIN measured USING (suite, seed, configuration_id, measure_version, operator, last_step)
  WHERE birth_step > first_step OR birth_step = 0
),
ended AS (
  SELECT suite, seed, preset, coalesce(operator, 'any') AS operator, coalesce(family, 'any') AS family, age,
    coalesce(sum(lives) FILTER (died), 0) AS deaths, coalesce(sum(lives) FILTER (NOT died), 0) AS censored
  FROM lives
  GROUP BY GROUPING SETS ((suite, seed, preset, operator, family, age), (suite, seed, preset, operator, age),
    (suite, seed, preset, family, age), (suite, seed, preset, age))
),
ages AS (
  SELECT suite, seed, preset, operator, family, age, sum(deaths) AS deaths, sum(censored) AS censored
  FROM (FROM ended UNION ALL (SELECT DISTINCT suite, seed, preset, operator, family, 0, 0, 0 FROM ended))
  GROUP BY ALL
),
risks AS (
  SELECT *, sum(deaths + censored) OVER (
    PARTITION BY suite, seed, preset, operator, family ORDER BY age DESC
  ) AS at_risk
  FROM ages
),
estimated AS (
  SELECT *,
    product(1 - deaths / at_risk) OVER so_far AS survival,
    sum(deaths / nullif(at_risk * (at_risk - deaths), 0)) OVER so_far AS greenwood
  FROM risks
  WINDOW so_far AS (PARTITION BY suite, seed, preset, operator, family ORDER BY age)
),
spread AS (
  SELECT *, CASE WHEN survival > 0 AND survival < 1 THEN exp(1.96 * sqrt(greenwood) / -ln(survival)) END AS factor
  FROM estimated
)
SELECT suite, seed, preset, operator, family, age::INTEGER AS age, at_risk::INTEGER AS at_risk,
  deaths::INTEGER AS deaths, censored::INTEGER AS censored, survival,
  survival ** factor AS ci_low, survival ** (1 / factor) AS ci_high
FROM spread`,
  }),
};
