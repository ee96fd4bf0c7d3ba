import { double, integer, nullable, text, view } from './columns.js';
import {
  family,
  heuristic,
  layer,
  nullReason,
  operator,
  position,
  seed,
  step,
  suite,
  target,
} from './shared-columns.js';

/** Views over effects and knock-outs (method 3, 8). */
export const EFFECT_VIEWS = {
  head_ranking: view({
    comment:
      'One row per suite, seed, step, operator, layer and attention head: its largest mean effect over the positions, in both forms, and its rank by each among the heads of all layers (method 3). At equal effects the lower layer and head stands first.',
    columns: {
      suite,
      seed,
      step,
      operator,
      layer,
      head: integer('attention head in its layer, from 0'),
      effect_logit: nullable(double('largest mean_logit over the positions, logits')),
      position_logit: nullable({ ...position, comment: `position that has it; ${position.comment}` }),
      rank_logit: nullable(integer('rank by effect_logit, from 0: the largest')),
      effect_e: nullable(
        double('largest mean_e over the positions; unbounded; null when no pair is finite at any'),
      ),
      position_e: nullable({ ...position, comment: `position that has it; ${position.comment}` }),
      rank_e: nullable(integer('rank by effect_e, from 0: the largest')),
      null_reason: nullReason,
    },
    sql: `
WITH best AS (
  SELECT u.suite, u.seed, u.step, e.operator, e.layer, e.head,
    max(e.mean_logit) AS effect_logit,
    arg_max(e.position, (e.mean_logit, -e.position)) FILTER (e.mean_logit IS NOT NULL) AS position_logit,
    max(e.mean_e) AS effect_e,
    arg_max(e.position, (e.mean_e, -e.position)) FILTER (e.mean_e IS NOT NULL) AS position_e,
    min(e.null_reason) AS reason
  FROM latest_units AS u JOIN component_effects AS e USING (unit_id)
  WHERE u.measure = 'components' AND e.kind = 'head'
  GROUP BY ALL
)
SELECT suite, seed, step, operator, layer, head, effect_logit, position_logit,
  CASE WHEN effect_logit IS NOT NULL THEN row_number() OVER (
    PARTITION BY suite, seed, step, operator ORDER BY effect_logit DESC NULLS LAST, layer, head
  )::INTEGER - 1 END AS rank_logit,
  effect_e, position_e,
  CASE WHEN effect_e IS NOT NULL THEN row_number() OVER (
    PARTITION BY suite, seed, step, operator ORDER BY effect_e DESC NULLS LAST, layer, head
  )::INTEGER - 1 END AS rank_e,
  CASE WHEN effect_logit IS NULL THEN reason END AS null_reason
FROM best`,
  }),
  knockout_drops: view({
    comment:
      'One row per suite, seed, step, preset, operator and heuristic that was knocked out: how much accuracy falls on the prompts that it holds for, and on others (method 8; paper, Fig. 7). Before, all of them are correct.',
    columns: {
      suite,
      seed,
      step,
      preset: text('preset of heuristics (method 7)'),
      operator,
      heuristic,
      target,
      family,
      neurons: integer('neurons knocked out: those that implement it'),
      associated_n: integer('correct prompts tried that it holds for'),
      drop_associated: nullable(double('share of them that fail without its neurons')),
      other_n: integer('correct prompts tried that it does not hold for'),
      drop_other: nullable(double('share of them that fail without its neurons')),
      difference: nullable(
        double('drop_associated - drop_other: what the heuristic does for its own prompts'),
      ),
      difference_low: nullable(
        double('lower end of the 95 % interval of the difference over prompts (Agresti and Caffo 2000)'),
      ),
      difference_high: nullable(double('upper end of it')),
      null_reason: nullReason,
    },
    sql: `
WITH drops AS (
  SELECT u.suite, u.seed, u.step, u.preset, k.operator, k.heuristic, k.target, k.family, k.neurons,
    k.associated_n, 1 - k.associated_accuracy AS associated, k.other_n, 1 - k.other_accuracy AS other,
    k.null_reason
  FROM latest_units AS u JOIN heuristic_knockouts AS k USING (unit_id)
  WHERE u.measure = 'knockouts'
),
added AS (
  SELECT *, (associated * associated_n + 1) / (associated_n + 2) AS p, (other * other_n + 1) / (other_n + 2) AS q
  FROM drops
),
intervals AS (
  SELECT *, 1.96 * sqrt(p * (1 - p) / (associated_n + 2) + q * (1 - q) / (other_n + 2)) AS half_width FROM added
)
SELECT suite, seed, step, preset, operator, heuristic, target, family, neurons,
  associated_n, associated AS drop_associated, other_n, other AS drop_other, associated - other AS difference,
  p - q - half_width AS difference_low, p - q + half_width AS difference_high, null_reason
FROM intervals`,
  }),
};
