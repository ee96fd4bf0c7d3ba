import { FAMILIES, TARGETS } from '../../domain/heuristic.js';
import { bigint, boolean, choice, integer, nullable, text, view } from './columns.js';
import {
  ANY,
  family,
  heuristic,
  layer,
  neuron,
  operator,
  seed,
  step,
  suite,
  target,
} from './shared-columns.js';

const preset = text('preset of heuristics (method 7)');

/** Views over the lives of matches: when they come and go (method 10). */
export const LIFE_VIEWS = {
  match_changes: view({
    comment:
      'One row per suite, seed, preset, operator, heuristic (any: the neuron matches at least one), layer, neuron and measured step at which the match appears or vanishes. One that is there at the first measured step appears there; what is there at the last does not vanish.',
    columns: {
      suite,
      seed,
      preset,
      operator,
      heuristic: text('readable key of the heuristic (method 7); any: at least one'),
      target: choice([ANY, ...TARGETS], 'what of the prompt it speaks of; any: all'),
      family: choice([ANY, ...FAMILIES], 'kind of the heuristic; any: all'),
      layer,
      neuron,
      step: { ...step, comment: 'first measured step with it, or without it again' },
      step_index: integer('number of that step among the measured ones of the operator, from 0'),
      change: integer('1: it appears; -1: it vanishes'),
      history: bigint('number of the row of match_histories; to join inside one query only'),
      run: bigint('number of suite, seed, preset and operator; to join inside one query only'),
    },
    // Numbers stand for the texts that name a run: joining and grouping eleven million steps by texts takes five times as long.
    sql: `
WITH measured AS (
  SELECT suite, seed, preset, operator, configuration_id, measure_version, step, step_index,
    dense_rank() OVER (ORDER BY suite, seed, preset, operator) AS run,
    coalesce(lag(step) OVER trajectory, -2) AS previous_step,
    coalesce(lead(step) OVER trajectory, -1) AS next_step
  FROM classification_steps
  WHERE step_index IS NOT NULL
  WINDOW trajectory AS (PARTITION BY suite, seed, preset, operator ORDER BY step_index)
),
runs AS (
  SELECT DISTINCT run, suite, seed, preset, operator, configuration_id, measure_version FROM measured
),
histories AS (
  SELECT h.rowid AS history, r.run, r.suite, r.seed, r.preset, r.operator, h.heuristic, h.target, h.family, h.layer,
    h.neuron, h.steps
  FROM match_histories AS h JOIN runs AS r USING (suite, seed, operator, configuration_id, measure_version)
),
present AS (
  SELECT * EXCLUDE (steps), unnest(steps) AS step,
    unnest(list_prepend(-1, steps[:-2])) AS step_before,
    unnest(list_append(steps[2:], -1)) AS step_after
  FROM histories
),
turning AS (
  SELECT p.*, m.step_index, m.next_step,
    p.step_before <> m.previous_step AS appears,
    p.step_after <> m.next_step AS vanishes
  FROM present AS p JOIN measured AS m ON m.run = p.run AND m.step = p.step
  WHERE p.step_before <> m.previous_step OR p.step_after <> m.next_step
),
changes AS (
  SELECT *, unnest([appears, vanishes]) AS happens, unnest([1, -1]) AS change FROM turning
)
SELECT suite, seed, preset, operator, heuristic, target, family, layer, neuron,
  CASE WHEN change = 1 THEN step ELSE next_step END AS step,
  CASE WHEN change = 1 THEN step_index ELSE step_index + 1 END AS step_index,
  change, history, run
FROM changes
WHERE happens`,
  }),
  heuristic_lifetimes: view({
    comment:
      'One row per suite, seed, preset, operator, heuristic, layer and neuron that ever matched: when the match was born and died, over the measured steps of the operator. Lives are half open: [birth_step, death_step).',
    columns: {
      suite,
      seed,
      preset,
      operator,
      heuristic,
      target,
      family,
      layer,
      neuron,
      birth_step: integer('first measured step at which it is present'),
      death_step: nullable(
        integer('first measured step after its last presence; null when alive at the last step'),
      ),
      spells: integer('runs of successive measured steps at which it is present'),
      steps_present: integer('measured steps at which it is present'),
      born_before_first: boolean('true when present at the first measured step: its birth is censored'),
      alive_at_last: boolean('true when present at the last measured step: its death is censored'),
      permanent_from: nullable(
        integer('step from which it is present at every measured step to the last; null when it died'),
      ),
    },
    sql: `
WITH lives AS (
  SELECT history, any_value(preset) AS preset,
    min(step) AS birth_step,
    max(step) FILTER (change = -1) AS last_death,
    max(step) FILTER (change = 1) AS last_birth,
    count(*) FILTER (change = 1) AS spells,
    min(step_index) = 0 AS born_before_first,
    sum(change) = 1 AS alive_at_last
  FROM match_changes WHERE heuristic <> 'any' GROUP BY history
)
SELECT h.suite, h.seed, l.preset, h.operator, h.heuristic, h.target, h.family, h.layer, h.neuron,
  l.birth_step,
  CASE WHEN NOT l.alive_at_last THEN l.last_death END AS death_step,
  l.spells::INTEGER AS spells,
  len(h.steps)::INTEGER AS steps_present,
  l.born_before_first,
  l.alive_at_last,
  CASE WHEN l.alive_at_last THEN l.last_birth END AS permanent_from
FROM lives AS l JOIN match_histories AS h ON h.rowid = l.history`,
  }),
};
