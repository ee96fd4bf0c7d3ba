import { MEASURES } from '../../domain/measure.js';
import { bigint, boolean, choice, integer, nullable, text, timestamp, view, double } from './columns.js';
import { configurationId, nullReason, operator, seed, step, suite } from './shared-columns.js';

const unitId = text('unit of work; key of units');
const measure = choice(MEASURES, 'what was measured');

/** Views over units: which results count, and which are there. */
export const UNIT_VIEWS = {
  latest_units: view({
    comment:
      'One row per unit whose facts the other views show. Of the settings (with measure version) of a suite, measure and preset, those are taken that most was measured with, counting seeds, steps and operators, at equal numbers the latest: trajectories and seeds never mix two settings, and an unfinished sweep does not hide a finished one. Operators measured one after the other with the same settings stand side by side; of units that share an operator those of the larger sweep are taken.',
    columns: {
      suite,
      seed,
      step,
      tokens: nullable(bigint('training tokens seen at this step; null when unknown')),
      measure,
      preset: nullable(text('preset of heuristics; null where the measure uses none')),
      unit_id: unitId,
      configuration_id: configurationId,
      measure_version: integer('version of the program code of the measure'),
      started_at: timestamp('when it began, UTC'),
      seconds: double('time computed, seconds, summed over threads'),
    },
    sql: `
WITH done AS (
  SELECT units.*, preset, settings, string_split(coalesce(operators, 'any'), ',') AS operators
  FROM units JOIN unit_scopes USING (unit_id)
),
shown_settings AS (
  SELECT suite, measure, settings, measure_version
  FROM done
  GROUP BY suite, measure, preset, settings, measure_version
  QUALIFY row_number() OVER (
    PARTITION BY suite, measure, preset
    ORDER BY sum(len(operators)) DESC, max(started_at) DESC, measure_version DESC, settings
  ) = 1
),
candidates AS (
  SELECT suite, seed, measure, preset, configuration_id, measure_version,
    list_distinct(flatten(list(operators))) AS operators,
    flatten(list(list_distinct(flatten(list(operators)))) OVER (
      PARTITION BY suite, seed, measure, preset
      ORDER BY sum(len(operators)) DESC, max(started_at) DESC, configuration_id
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )) AS before
  FROM done SEMI JOIN shown_settings USING (suite, measure, settings, measure_version)
  GROUP BY suite, seed, measure, preset, configuration_id, measure_version
),
chosen AS (
  FROM candidates
  WHERE before IS NULL OR NOT (list_has_any(before, operators) OR list_contains(before || operators, 'any'))
)
SELECT done.suite, done.seed, done.step, checkpoints.tokens, done.measure, done.preset, done.unit_id,
  done.configuration_id, done.measure_version, done.started_at, done.seconds
FROM done
SEMI JOIN chosen USING (suite, seed, measure, configuration_id, measure_version)
LEFT JOIN checkpoints ON checkpoints.suite = done.suite AND checkpoints.seed = done.seed AND checkpoints.step = done.step
QUALIFY row_number() OVER (
  PARTITION BY done.suite, done.seed, done.step, done.measure, done.configuration_id
  ORDER BY done.started_at DESC, done.unit_id
) = 1`,
  }),
  coverage: view({
    comment:
      'One row per suite, seed, step, measure and preset: whether this checkpoint was measured. Every checkpoint stands beside every measure and preset that its suite was ever measured with.',
    columns: {
      suite,
      seed,
      step,
      measure,
      preset: nullable(text('preset of heuristics; null where the measure uses none')),
      state: choice(
        ['done', 'some_operators', 'other_configuration', 'failed', 'missing'],
        'done: shown by the views, for every operator that the suite was ever measured on so; some_operators: not for all of these; other_configuration: done, but with settings other than those the views show; failed: tried without success; missing: never tried',
      ),
      operators: nullable(
        text(
          'operators that the views show, separated by commas; null where they show none or they are not known',
        ),
      ),
      units_done: integer('units done, over all configurations'),
      units_failed: integer('units failed, over all configurations'),
      error: nullable(text('message of the latest failure; null when none failed')),
    },
    sql: `
WITH tried AS (
  SELECT unit_id, suite, seed, step, measure, preset, state, started_at, error
  FROM units JOIN configurations USING (configuration_id, measure)
),
cells AS (
  SELECT suite, seed, step, measure, preset
  FROM checkpoints JOIN (SELECT DISTINCT suite, measure, preset FROM tried) USING (suite)
  UNION
  SELECT suite, seed, step, measure, preset FROM tried
),
counted AS (
  SELECT suite, seed, step, measure, preset,
    count(*) FILTER (state = 'done') AS done,
    count(*) FILTER (state = 'failed') AS failed,
    arg_max(error, started_at) FILTER (state = 'failed') AS error
  FROM tried GROUP BY ALL
),
asked AS (
  SELECT suite, measure, tried.preset, list_distinct(flatten(list(string_split(operators, ',')))) AS operators
  FROM tried JOIN unit_scopes USING (unit_id)
  GROUP BY ALL
),
shown AS (
  SELECT suite, seed, step, measure, latest_units.preset,
    list_distinct(flatten(list(string_split(operators, ',')))) AS operators
  FROM latest_units JOIN unit_scopes USING (unit_id)
  GROUP BY ALL
)
SELECT c.suite, c.seed, c.step, c.measure, c.preset,
  CASE WHEN len(s.operators) BETWEEN 1 AND len(a.operators) - 1 THEN 'some_operators' WHEN s.suite IS NOT NULL THEN 'done'
    WHEN t.done > 0 THEN 'other_configuration' WHEN t.failed > 0 THEN 'failed' ELSE 'missing' END AS state,
  nullif(array_to_string(list_filter(['+', '-', '*', '/'], lambda o: list_contains(s.operators, o)), ','), '') AS operators,
  coalesce(t.done, 0)::INTEGER AS units_done,
  coalesce(t.failed, 0)::INTEGER AS units_failed,
  t.error
FROM cells AS c
LEFT JOIN shown AS s ON s.suite = c.suite AND s.seed = c.seed AND s.step = c.step
  AND s.measure = c.measure AND s.preset IS NOT DISTINCT FROM c.preset
LEFT JOIN asked AS a ON a.suite = c.suite AND a.measure = c.measure AND a.preset IS NOT DISTINCT FROM c.preset
LEFT JOIN counted AS t ON t.suite = c.suite AND t.seed = c.seed AND t.step = c.step
  AND t.measure = c.measure AND t.preset IS NOT DISTINCT FROM c.preset`,
  }),
  classification_steps: view({
    comment:
      'One row per suite, seed, step, preset and operator: how many neurons were classified. The measured steps of an operator are numbered, so that neighbours in training are neighbours here.',
    columns: {
      suite,
      seed,
      step,
      preset: text('preset of heuristics (method 7)'),
      operator,
      unit_id: unitId,
      configuration_id: configurationId,
      measure_version: integer('version of the program code of the measure'),
      neurons: integer('neurons of the heuristic layers'),
      live_neurons: nullable(integer('neurons whose map varies: those that can be classified')),
      constant_neurons: nullable(integer('neurons whose map hardly varies (method 7)')),
      classified_neurons: nullable(integer('live neurons that match at least one heuristic')),
      pairs: nullable(integer('(heuristic, neuron) pairs that match')),
      step_index: nullable(integer('number of this step among the measured ones of the operator, from 0')),
      is_reference: boolean('true at the reference checkpoint: the last measured step of the operator'),
      null_reason: nullReason,
    },
    sql: `
SELECT u.suite, u.seed, u.step, u.preset, n.operator, u.unit_id, u.configuration_id, u.measure_version, n.neurons,
  n.live_neurons, n.constant_neurons, n.classified_neurons, n.pairs,
  CASE WHEN n.pairs IS NOT NULL THEN row_number() OVER (
    PARTITION BY u.suite, u.seed, u.preset, n.operator, n.pairs IS NOT NULL ORDER BY u.step
  )::INTEGER - 1 END AS step_index,
  coalesce(u.step = max(u.step) FILTER (n.pairs IS NOT NULL) OVER (
    PARTITION BY u.suite, u.seed, u.preset, n.operator
  ), false) AS is_reference,
  n.null_reason
FROM latest_units AS u JOIN classification_counts AS n USING (unit_id)
WHERE u.measure = 'classification'`,
  }),
};
