import { FAMILIES, TARGETS } from '../../domain/heuristic.js';
import { OPERATORS } from '../../domain/operator.js';
import { choice, double, integer, nullable, text, view } from './columns.js';
import { ANY, nullReason, operator, seed, step, suite } from './shared-columns.js';

const preset = text('preset of heuristics (method 7)');
const shareOfLive = 'share of the live neurons';

/** Views over matches: counts against chance, and trajectories across checkpoints (method 10). */
export const HEURISTIC_VIEWS = {
  heuristic_counts: view({
    comment:
      'One row per suite, seed, step, preset, operator, target and family (any: over all): neurons that implement at least one such heuristic, beside what chance gives. A combination of the preset that no neuron matches has 0.',
    columns: {
      suite,
      seed,
      step,
      preset,
      operator,
      target: choice([ANY, ...TARGETS], 'what of the prompt the heuristics speak of; any: all'),
      family: choice([ANY, ...FAMILIES], 'kind of heuristics; any: all'),
      neurons: nullable(integer('neurons with at least one such match, each counted once')),
      live_neurons: nullable(integer('neurons that can be classified')),
      share: nullable(double('neurons / live_neurons')),
      chance_activations_permuted: nullable(
        double(`${shareOfLive} that match when activations are permuted over prompts; null when not stored`),
      ),
      chance_labels_permuted: nullable(
        double(`${shareOfLive} that match when operand labels are permuted; null when not stored`),
      ),
      excess: nullable(double('share - chance_activations_permuted: the headline (method 7)')),
      null_reason: nullReason,
    },
    sql: `
WITH grid AS (
  SELECT configuration_id, operator, coalesce(target, 'any') AS target, coalesce(family, 'any') AS family
  FROM heuristics
  GROUP BY GROUPING SETS ((configuration_id, operator), (configuration_id, operator, target),
    (configuration_id, operator, family), (configuration_id, operator, target, family))
),
matched AS (
  SELECT unit_id, operator, target, family, neurons FROM match_counts WHERE heuristic = 'any'
),
chance AS (
  SELECT unit_id, operator, target, family,
    max(neurons / nullif(live_neurons, 0)) FILTER (null_model = 'activations_permuted') AS activations,
    max(neurons / nullif(live_neurons, 0)) FILTER (null_model = 'labels_permuted') AS labels
  FROM classification_chance GROUP BY ALL
),
counted AS (
  SELECT s.suite, s.seed, s.step, s.preset, s.operator, g.target, g.family, s.live_neurons, s.null_reason,
    CASE WHEN s.null_reason IS NULL THEN coalesce(m.neurons, 0)::INTEGER END AS neurons,
    c.activations, c.labels
  FROM classification_steps AS s
  JOIN grid AS g USING (configuration_id, operator)
  LEFT JOIN matched AS m USING (unit_id, operator, target, family)
  LEFT JOIN chance AS c USING (unit_id, operator, target, family)
)
SELECT suite, seed, step, preset, operator, target, family, neurons, live_neurons,
  neurons / nullif(live_neurons, 0) AS share,
  activations AS chance_activations_permuted,
  labels AS chance_labels_permuted,
  neurons / nullif(live_neurons, 0) - activations AS excess,
  CASE WHEN live_neurons = 0 THEN 'denominator_below_floor' ELSE null_reason END AS null_reason
FROM counted`,
  }),
  shared_with_reference: view({
    comment:
      'One row per suite, seed, step, preset and operator (any: all together): share of the (heuristic, layer, neuron) tuples of the reference checkpoint that are present at this step (method 10; paper, Fig. 10a). The row any is null where an operator was not measured, so that it compares like with like.',
    columns: {
      suite,
      seed,
      step,
      preset,
      operator: choice([ANY, ...OPERATORS], 'operator; any: the tuples of all operators together'),
      reference_step: nullable(integer('step of the reference checkpoint: the last measured one')),
      pairs: nullable(integer('(heuristic, neuron) tuples at this step')),
      shared_pairs: nullable(integer('tuples of the reference present at this step')),
      reference_pairs: integer('tuples at the reference checkpoint'),
      share: nullable(double('shared_pairs / reference_pairs')),
      mean_share_over_heuristics: nullable(
        double('mean over the heuristics of the reference of the share of their own tuples present'),
      ),
      null_reason: nullReason,
    },
    sql: `
WITH steps AS (
  SELECT suite, seed, step, preset, operator, configuration_id, measure_version, pairs, null_reason,
    max(step) FILTER (is_reference) OVER (PARTITION BY suite, seed, preset, operator) AS reference_step
  FROM classification_steps
),
reference AS (
  SELECT s.suite, s.seed, s.preset, s.operator, h.heuristic, h.steps
  FROM steps AS s JOIN match_histories AS h USING (suite, seed, configuration_id, measure_version, operator)
  WHERE s.step = s.reference_step AND h.heuristic <> 'any' AND list_contains(h.steps, s.step)
),
sizes AS (
  SELECT suite, seed, preset, operator, heuristic, count(*) AS pairs FROM reference GROUP BY ALL
),
present AS (
  SELECT suite, seed, preset, operator, heuristic, unnest(steps) AS step FROM reference
),
found AS (
  SELECT suite, seed, preset, operator, step, heuristic, count(*) AS shared FROM present GROUP BY ALL
),
each AS (
  SELECT s.suite, s.seed, s.step, s.preset, s.operator, s.pairs, s.null_reason, s.reference_step,
    coalesce(sum(z.pairs), 0) AS reference_pairs,
    coalesce(sum(f.shared), 0) AS shared,
    sum(coalesce(f.shared, 0) / z.pairs) AS heuristic_shares,
    count(z.pairs) AS heuristics
  FROM steps AS s
  LEFT JOIN sizes AS z USING (suite, seed, preset, operator)
  LEFT JOIN found AS f USING (suite, seed, preset, operator, step, heuristic)
  GROUP BY ALL
),
summed AS (
  SELECT e.suite, e.seed, e.step, e.preset, coalesce(e.operator, 'any') AS operator,
    max(e.reference_step) AS reference_step,
    min(e.null_reason) AS reason,
    sum(coalesce(e.pairs, 0)) AS pairs,
    sum(e.shared) AS shared,
    sum(e.reference_pairs) AS reference_pairs,
    sum(e.heuristic_shares) / nullif(sum(e.heuristics), 0) AS mean_share
  FROM each AS e
  GROUP BY GROUPING SETS ((e.suite, e.seed, e.step, e.preset, e.operator), (e.suite, e.seed, e.step, e.preset))
)
SELECT suite, seed, step, preset, operator, reference_step,
  CASE WHEN reason IS NULL THEN pairs::INTEGER END AS pairs,
  CASE WHEN reason IS NULL THEN shared::INTEGER END AS shared_pairs,
  reference_pairs::INTEGER AS reference_pairs,
  CASE WHEN reason IS NULL THEN shared / nullif(reference_pairs, 0) END AS share,
  CASE WHEN reason IS NULL THEN mean_share END AS mean_share_over_heuristics,
  CASE WHEN reason IS NULL AND reference_pairs = 0 THEN 'denominator_below_floor' ELSE reason END AS null_reason
FROM summed`,
  }),
  operator_overlap: view({
    comment:
      'One row per suite, seed, step, preset and pair of operators: overlap of their sets of classified neurons (method 10; paper, Fig. 15). The first operator of a pair stands first in + - * /.',
    columns: {
      suite,
      seed,
      step,
      preset,
      operator_a: choice(OPERATORS, 'first operator of the pair'),
      operator_b: choice(OPERATORS, 'second operator of the pair'),
      shared_neurons: nullable(integer('neurons classified for both')),
      union_neurons: nullable(integer('neurons classified for at least one')),
      iou: nullable(double('intersection over union: shared_neurons / union_neurons')),
      null_reason: nullReason,
    },
    sql: `
WITH measured AS (
  SELECT *, dense_rank() OVER (ORDER BY suite, seed, step, preset) AS place FROM classification_steps
),
classified AS (
  SELECT s.place, s.operator, n.layer, n.neuron
  FROM measured AS s JOIN neurons AS n USING (unit_id, operator)
  WHERE n.n_heuristics > 0
),
shared AS (
  SELECT place, a.operator AS operator_a, b.operator AS operator_b, count(*) AS neurons
  FROM classified AS a JOIN classified AS b USING (place, layer, neuron)
  GROUP BY ALL
),
pairs AS (
  SELECT a.suite, a.seed, a.step, a.preset, place, a.operator AS operator_a, b.operator AS operator_b,
    a.classified_neurons + b.classified_neurons AS either_neurons, coalesce(a.null_reason, b.null_reason) AS reason
  FROM measured AS a JOIN measured AS b USING (place)
  WHERE strpos('+-*/', a.operator) < strpos('+-*/', b.operator)
),
counted AS (
  SELECT p.*,
    CASE WHEN reason IS NULL THEN coalesce(s.neurons, 0)::INTEGER END AS shared_neurons,
    CASE WHEN reason IS NULL THEN (either_neurons - coalesce(s.neurons, 0))::INTEGER END AS union_neurons
  FROM pairs AS p LEFT JOIN shared AS s USING (place, operator_a, operator_b)
)
SELECT suite, seed, step, preset, operator_a, operator_b, shared_neurons, union_neurons,
  shared_neurons / nullif(union_neurons, 0) AS iou,
  CASE WHEN union_neurons = 0 THEN 'denominator_below_floor' ELSE reason END AS null_reason
FROM counted`,
  }),
};
