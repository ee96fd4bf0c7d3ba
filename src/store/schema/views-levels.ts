import { FAMILIES } from '../../domain/heuristic.js';
import { bigint, boolean, choice, double, integer, nullable, text, view } from './columns.js';
import { ANY, nullReason, operator, seed, step, suite } from './shared-columns.js';

/** What is followed over training (method section 10). */
export const QUANTITIES = [
  'accuracy',
  'classified',
  'shared_with_reference',
  'faithfulness',
  'knockout_drop',
] as const;

/** Views that put the levels of different measures, seeds and suites side by side. */
export const LEVEL_VIEWS = {
  runs: view({
    comment:
      'One row per name of a run and seed that it means: a suite by its name means all its seeds, and suite@seed one of them. Comparisons speak of runs.',
    columns: {
      run: text('name: suite, or suite@seed'),
      suite,
      seed,
      model_family: text(
        'name of the suite without a size in it, so that pythia-70m and pythia-1.4b share one',
      ),
      size: nullable(text('size in the name of the suite, e.g. 160m; null where it has none')),
    },
    sql: `
WITH seeds AS (
  SELECT DISTINCT suite, seed, regexp_extract(suite, '-(\\d+(\\.\\d+)?[kmbt])(-|$)', 1, 'i') AS size FROM checkpoints
)
SELECT run, suite, seed,
  regexp_replace(suite, '-\\d+(\\.\\d+)?[kmbt](-|$)', '\\2', 'i') AS model_family,
  nullif(size, '') AS size
FROM seeds, unnest([suite, suite || '@' || seed]) AS names(run)`,
  }),
  seed_levels: view({
    comment:
      'One row per suite, seed, step, preset (null for accuracy), operator, quantity and family (any: over all): the values that are followed over training, in one form. accuracy: share of the universe answered correctly; classified: share of the live neurons that implement a heuristic, above chance (heuristic_counts.excess); shared_with_reference: share of the (heuristic, neuron) pairs of the last step present; faithfulness: that of the heuristic neurons with the most heads kept (method 5); knockout_drop: mean over the heuristics knocked out of what more of their own prompts fail than of others (knockout_drops.difference).',
    columns: {
      suite,
      seed,
      step,
      tokens: nullable(bigint('training tokens seen at this step; null when unknown')),
      preset: nullable(text('preset of heuristics (method 7); null where the quantity uses none')),
      operator,
      quantity: choice(QUANTITIES, 'what is followed; the comment of the view says what each is'),
      family: choice([ANY, ...FAMILIES], 'kind of heuristics; any: all, and the only one but for classified'),
      value: nullable(double('share, or faithfulness')),
      ci_low: nullable(double('lower end of the 95 % interval over prompts; null where there is none')),
      ci_high: nullable(double('upper end of the 95 % interval over prompts; null where there is none')),
      null_reason: nullReason,
    },
    sql: `
WITH circuits AS (
  SELECT u.suite, u.seed, u.step, u.preset, f.operator, f.faithfulness, f.ci_low, f.ci_high, f.null_reason
  FROM latest_units AS u JOIN faithfulness AS f USING (unit_id)
  WHERE f.kind = 'heuristic_neurons' AND f.derived = 'here'
  QUALIFY row_number() OVER (PARTITION BY f.unit_id, f.operator ORDER BY f.heads DESC NULLS FIRST) = 1
),
tried AS (
  SELECT DISTINCT u.suite, u.seed, u.step, u.preset, k.operator
  FROM latest_units AS u JOIN prompt_knockouts AS k USING (unit_id)
),
knockouts AS (
  SELECT suite, seed, step, preset, operator, avg(difference) AS difference, min(d.null_reason) AS reason
  FROM tried FULL JOIN knockout_drops AS d USING (suite, seed, step, preset, operator)
  GROUP BY ALL
),
points AS (
  SELECT u.suite, u.seed, u.step, NULL::TEXT AS preset, a.operator, 'accuracy' AS quantity, 'any' AS family,
    a.accuracy AS value, a.ci_low, a.ci_high, a.null_reason
  FROM latest_units AS u JOIN accuracy AS a USING (unit_id)
  WHERE a.prompt_set = 'universe'
  UNION ALL
  SELECT suite, seed, step, preset, operator, 'classified', family, excess, NULL, NULL,
    CASE WHEN excess IS NULL THEN coalesce(null_reason, 'not_tried') END
  FROM heuristic_counts
  WHERE target = 'any'
  UNION ALL
  SELECT suite, seed, step, preset, operator, 'shared_with_reference', 'any', share, NULL, NULL, null_reason
  FROM shared_with_reference
  WHERE operator <> 'any'
  UNION ALL
  SELECT suite, seed, step, preset, operator, 'faithfulness', 'any', faithfulness, ci_low, ci_high, null_reason
  FROM circuits
  UNION ALL
  SELECT suite, seed, step, preset, operator, 'knockout_drop', 'any', difference, NULL, NULL,
    CASE WHEN difference IS NULL THEN coalesce(reason, 'not_tried') END
  FROM knockouts
)
SELECT p.suite, p.seed, p.step, c.tokens, p.preset, p.operator, p.quantity, p.family, p.value, p.ci_low, p.ci_high,
  p.null_reason
FROM points AS p LEFT JOIN checkpoints AS c ON c.suite = p.suite AND c.seed = p.seed AND c.step = p.step`,
  }),
  run_levels: view({
    comment:
      'One row per run (runs), step, preset, operator, quantity and family: its trajectory, as the mean over the seeds measured at the step. Where a run has one seed, low and high are its 95 % interval over prompts; where it has several, the smallest and largest of their values.',
    columns: {
      run: text('name: suite, or suite@seed'),
      step,
      tokens: nullable(bigint('training tokens seen at this step; null when unknown')),
      preset: nullable(text('preset of heuristics (method 7); null where the quantity uses none')),
      operator,
      quantity: choice(QUANTITIES, 'what is followed; the comment of seed_levels says what each is'),
      family: choice([ANY, ...FAMILIES], 'kind of heuristics; any: all, and the only one but for classified'),
      value: nullable(double('mean over the seeds: share, or faithfulness')),
      low: nullable(double('lower end of the interval over prompts, or of the range over seeds')),
      high: nullable(double('upper end of it')),
      spread: nullable(
        choice(['prompts', 'seeds'], 'what low and high are over; null where there is no such interval'),
      ),
      sd: nullable(double('standard deviation over the seeds, unbiased; null with fewer than two')),
      seeds: integer('seeds measured at this step'),
      run_seeds: integer('seeds of the run measured at any step'),
      complete: boolean('true when all of them were measured at this step'),
      null_reason: nullReason,
    },
    sql: `
WITH summed AS (
  SELECT r.run, t.step, max(t.tokens) AS tokens, t.preset, t.operator, t.quantity, t.family,
    avg(t.value) AS value, stddev_samp(t.value) AS sd, min(t.value) AS least, max(t.value) AS most,
    min(t.ci_low) AS ci_low, max(t.ci_high) AS ci_high,
    count(t.value) AS seeds,
    list(t.seed) FILTER (t.value IS NOT NULL) AS measured,
    min(t.null_reason) AS reason
  FROM runs AS r JOIN seed_levels AS t USING (suite, seed)
  GROUP BY r.run, t.step, t.preset, t.operator, t.quantity, t.family
),
counted AS (
  SELECT *, len(list_distinct(flatten(list(measured) OVER (PARTITION BY run, preset, operator, quantity, family))))
    AS run_seeds
  FROM summed
)
SELECT run, step, tokens, preset, operator, quantity, family, value,
  CASE WHEN run_seeds > 1 THEN least ELSE ci_low END AS low,
  CASE WHEN run_seeds > 1 THEN most ELSE ci_high END AS high,
  CASE WHEN value IS NULL THEN NULL WHEN run_seeds > 1 THEN 'seeds' WHEN ci_low IS NOT NULL THEN 'prompts' END AS spread,
  sd, seeds::INTEGER AS seeds, run_seeds::INTEGER AS run_seeds,
  seeds > 0 AND seeds = run_seeds AS complete,
  CASE WHEN value IS NULL THEN reason END AS null_reason
FROM counted`,
  }),
};
