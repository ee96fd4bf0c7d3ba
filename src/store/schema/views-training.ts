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
    // Tuples present at the very same steps are counted once, together: a join of each tuple with itself takes twice as long.
    sql: `
WITH present AS (
  SELECT s.suite, s.seed, s.preset, s.operator, s.step, true AS is_pair, m.heuristic, m.layer, m.neuron
  FROM classification_steps AS s JOIN neuron_heuristics AS m USING (unit_id, operator)
  UNION ALL
  SELECT s.suite, s.seed, s.preset, s.operator, s.step, false, '', n.layer, n.neuron
  FROM classification_steps AS s JOIN neurons AS n USING (unit_id, operator)
  WHERE n.n_heuristics > 0
),
lives AS (
  SELECT suite, seed, preset, operator, is_pair, list(step ORDER BY step) AS steps
  FROM present
  GROUP BY suite, seed, preset, operator, is_pair, heuristic, layer, neuron
),
alike AS (
  SELECT suite, seed, preset, operator, is_pair, steps, count(*) AS lives FROM lives GROUP BY ALL
),
from_each AS (
  SELECT suite, seed, preset, operator, is_pair, lives, steps,
    unnest(steps) AS step_a, generate_subscripts(steps, 1) AS place
  FROM alike
),
to_each AS (
  SELECT suite, seed, preset, operator, is_pair, lives, step_a, unnest(steps[place:]) AS step_b FROM from_each
),
shared AS (
  SELECT suite, seed, preset, operator, step_a, step_b,
    coalesce(sum(lives) FILTER (is_pair), 0) AS pairs, coalesce(sum(lives) FILTER (NOT is_pair), 0) AS neurons
  FROM to_each GROUP BY ALL
),
cells AS (
  SELECT suite, seed, preset, operator, a.step AS step_a, b.step AS step_b,
    coalesce(a.null_reason, b.null_reason) AS reason
  FROM classification_steps AS a JOIN classification_steps AS b USING (suite, seed, preset, operator)
  WHERE a.step <= b.step
),
sizes AS (
  SELECT suite, seed, preset, operator, step_a AS step, pairs, neurons FROM shared WHERE step_a = step_b
),
counted AS (
  SELECT c.suite, c.seed, c.preset, c.operator, c.step_a, c.step_b, c.reason,
    coalesce(s.pairs, 0)::INTEGER AS shared_pairs,
    (coalesce(a.pairs, 0) + coalesce(b.pairs, 0) - coalesce(s.pairs, 0))::INTEGER AS union_pairs,
    coalesce(s.neurons, 0)::INTEGER AS shared_neurons,
    (coalesce(a.neurons, 0) + coalesce(b.neurons, 0) - coalesce(s.neurons, 0))::INTEGER AS union_neurons
  FROM cells AS c
  LEFT JOIN shared AS s USING (suite, seed, preset, operator, step_a, step_b)
  LEFT JOIN sizes AS a ON a.suite = c.suite AND a.seed = c.seed AND a.preset = c.preset
    AND a.operator = c.operator AND a.step = c.step_a
  LEFT JOIN sizes AS b ON b.suite = c.suite AND b.seed = c.seed AND b.preset = c.preset
    AND b.operator = c.operator AND b.step = c.step_b
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
WITH last_steps AS (
  SELECT suite, seed, preset, operator, step AS last_step FROM classification_steps WHERE is_reference
),
lives AS (
  SELECT suite, seed, preset, operator, family,
    coalesce(death_step, last_step) - birth_step AS age, death_step IS NOT NULL AS died
  FROM heuristic_lifetimes JOIN last_steps USING (suite, seed, preset, operator)
  WHERE NOT born_before_first OR birth_step = 0
),
ended AS (
  SELECT suite, seed, preset, coalesce(operator, 'any') AS operator, coalesce(family, 'any') AS family, age,
    count(*) FILTER (died) AS deaths, count(*) FILTER (NOT died) AS censored
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
