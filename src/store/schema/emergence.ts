import {
  ADJUSTMENTS,
  CURVES,
  MODELS,
  NO_LAGS,
  NO_TIMES,
  NO_VERDICTS,
  PARTS,
  QUANTITIES,
  VERDICTS,
} from '../../domain/emergence.js';
import { FAMILIES, TARGETS } from '../../domain/heuristic.js';
import { OPERATORS } from '../../domain/operator.js';
import { boolean, choice, double, integer, nullable, table, text, timestamp } from './columns.js';
import { ANY, PROMPT_SETS, operator, seed, step, suite } from './shared-columns.js';

const namesOf = <T extends object>(meanings: T): (keyof T & string)[] =>
  Object.keys(meanings).filter((name): name is keyof T & string => name in meanings);
const told = (meanings: Readonly<Record<string, string>>): string =>
  Object.entries(meanings)
    .map(([name, meaning]) => `${name}: ${meaning}`)
    .join('; ');
const reason = <const T extends Readonly<Record<string, string>>>(meanings: T, what: string) =>
  nullable(choice(namesOf(meanings), `why ${what} is null; null where it is given. ${told(meanings)}`));

const trajectory = text(
  'readable name of the trajectory, the same for all seeds; with suite and seed, key of emergence',
);
const preset = nullable(text('preset of heuristics (method 7); null for accuracy'));
const onLogSteps = 'training step, interpolated on log steps, so rarely a whole number';
const octaves = 'octaves: doublings of the step, log2(1 + step / unit)';

/** What is concluded from trajectories over checkpoints (method 10): derived from facts, so neither spooled nor a unit's. */
export const EMERGENCE = {
  emergence_runs: table({
    comment:
      'One row per suite: when, from what and how its verdicts were computed. They are replaced together, and only when what they are computed from has changed.',
    columns: {
      suite,
      inputs_hash: text(
        'md5 of the units of accuracy, classification and knock-outs that the views show, in the order of their ids, with commas between',
      ),
      units: integer('number of these units'),
      trajectories: integer('trajectories judged; rows in emergence'),
      samples: integer('resamples of each bootstrap'),
      permutations: integer('permutations of each test'),
      random_seed: integer('seed of resamples and permutations'),
      adjustment: choice(ADJUSTMENTS, 'how p-values are adjusted for one another, over all seeds'),
      version: integer('version of the program code that judges'),
      program_version: text('version of heuristrace'),
      computed_at: timestamp('when, UTC'),
      seconds: double('time it took, seconds'),
    },
    key: ['suite'],
  }),
  emergence: table({
    comment:
      'One row per suite, seed and trajectory: a quantity over the checkpoints of one run, judged (method 10). Answers to single prompts are not stored, so that counts are taken as beta-binomial: each checkpoint strays about the curve, then prompts (or neurons) are drawn.',
    columns: {
      suite,
      seed,
      trajectory,
      quantity: choice(namesOf(QUANTITIES), `what its level is. ${told(QUANTITIES)}`),
      operator,
      preset,
      prompt_set: nullable(choice(PROMPT_SETS, 'prompts of an accuracy; null for other quantities')),
      target: nullable(
        choice([ANY, ...TARGETS], 'target of the heuristics; any: all; null unless neurons are counted'),
      ),
      family: nullable(
        choice([ANY, ...FAMILIES], 'kind of heuristics; any: all; null unless neurons are counted'),
      ),
      verdict: choice(
        VERDICTS,
        'gradual or abrupt, by AICc (sample size: steps) and likelihood alike; no_change: not even a change; undetermined: see null_reason',
      ),
      null_reason: reason(NO_VERDICTS, 'there is no verdict'),
      abrupt_over_gradual: nullable(
        double(
          'AICc of the best gradual model less that of the best abrupt one: positive speaks for abrupt; null with too few steps',
        ),
      ),
      p: nullable(
        double('p-value that anything changes (permutation test); null with too few steps to test'),
      ),
      p_adjusted: nullable(double('the same, adjusted over all trajectories of the suite')),
      declines: boolean(
        'true when the level goes back after its change; then the times are those of the way to its peak',
      ),
      rate: nullable(double('rate of the fitted logistic, per octave; null without a change')),
      rise: nullable(double('its ceiling less its floor; null without a change')),
      floor: nullable(double('its floor; null without a change')),
      isotonic_rate: nullable(
        double('rate of the logistic that takes as long from 10 % to 90 % as the isotonic curve, per octave'),
      ),
      isotonic_rise: nullable(double('last less first level of the isotonic curve')),
      n_steps: integer('measured steps: the sample size of AICc'),
      first_step: integer('first measured step'),
      last_step: integer('last measured step'),
      noise: choice(['beta_binomial', 'normal'], 'noise about the curve: of counts, or of other values'),
      smallest_n: nullable(integer('fewest prompts, neurons or pairs counted at a step; null for values')),
      largest_n: nullable(integer('most of them')),
      chance_subtracted: boolean('true when the chance level of each step is subtracted from its level'),
    },
    key: ['suite', 'seed', 'trajectory'],
    checks: [
      "(verdict = 'undetermined') = (null_reason IS NOT NULL)",
      '(p IS NULL) = (p_adjusted IS NULL)',
      'p IS NULL OR p BETWEEN 0 AND p_adjusted',
    ],
  }),
  emergence_times: table({
    comment:
      'One row per suite, seed, trajectory, curve and part of the rise: the step at which the curve has made that part of its way from floor to ceiling, with a 95 % bootstrap interval (method 10).',
    columns: {
      suite,
      seed,
      trajectory,
      curve: choice(CURVES, 'fitted logistic, or nearest monotone curve, which assumes no shape'),
      part: choice(PARTS, 'onset: 10 % of the rise; halfway: 50 %'),
      step: nullable(double(onLogSteps)),
      null_reason: reason(NO_TIMES, 'step'),
      low: nullable(double('lower end of its 95 % interval, training step')),
      low_null_reason: reason(NO_TIMES, 'low'),
      high: nullable(double('upper end of its 95 % interval, training step')),
      high_null_reason: reason(NO_TIMES, 'high'),
    },
    key: ['suite', 'seed', 'trajectory', 'curve', 'part'],
    checks: [
      '(step IS NULL) = (null_reason IS NOT NULL)',
      '(low IS NULL) = (low_null_reason IS NOT NULL)',
      '(high IS NULL) = (high_null_reason IS NOT NULL)',
      'low IS NULL OR high IS NULL OR low <= high',
    ],
  }),
  emergence_models: table({
    comment:
      'One row per suite, seed, trajectory and model of its course, each fitted by maximum likelihood; none with too few steps (method 10).',
    columns: {
      suite,
      seed,
      trajectory,
      model: choice(MODELS, 'model; moving_on: with a straight course after the change, such as a decline'),
      k: integer('free parameters, with one for the spread and one for the time of a change point'),
      n: integer('sample size: measured steps'),
      log_likelihood: double('largest log-likelihood'),
      aicc: double('-2 log_likelihood + 2 k + 2 k (k + 1) / (n - k - 1) (Hurvich and Tsai 1989)'),
      delta: double('aicc less that of the best model of this trajectory'),
      weight: double('Akaike weight: share of exp(-delta / 2) among these models'),
    },
    key: ['suite', 'seed', 'trajectory', 'model'],
    checks: ['delta >= 0', 'weight BETWEEN 0 AND 1', 'k < n - 1'],
  }),
  emergence_levels: table({
    comment:
      'One row per suite, seed, trajectory and measured step: the level that was judged, and those of fitted curves (null with too few steps).',
    columns: {
      suite,
      seed,
      trajectory,
      step,
      level: double('measured level, less chance where that is subtracted'),
      successes: nullable(integer('k: prompts, neurons or pairs counted; null for values')),
      trials: nullable(integer('n: of so many; null for values')),
      chance: nullable(double('share by chance, subtracted from k / n; null where none is')),
      logistic: nullable(double('level of the logistic that the times are read off')),
      change_point: nullable(double('level of the best change point; where the course declines, with that')),
      line: nullable(double('level of the straight line over log steps')),
      power_law: nullable(double('level of the power law')),
    },
    key: ['suite', 'seed', 'trajectory', 'step'],
    checks: ['(successes IS NULL) = (trials IS NULL)'],
  }),
  emergence_lags: table({
    comment:
      'One row per suite, seed, trajectory and part of the rise: how much later it is than the accuracy of its operator on the whole universe (method 10).',
    columns: {
      suite,
      seed,
      trajectory,
      against: text('name of the trajectory that it is compared with'),
      part: choice(PARTS, 'onset: 10 % of the rise; halfway: 50 %'),
      octaves: nullable(double(`time less that of the other, ${octaves}; negative: it leads`)),
      null_reason: reason(NO_LAGS, 'octaves'),
      low: nullable(
        double('lower end of its 95 % bootstrap interval; null beside octaves where beyond the steps'),
      ),
      high: nullable(double('upper end of it')),
      p: nullable(
        double('two-sided permutation p-value that both have the same course; null without a change of both'),
      ),
      p_adjusted: nullable(double('the same, adjusted over all lags of the suite')),
    },
    key: ['suite', 'seed', 'trajectory', 'against', 'part'],
    checks: ['(octaves IS NULL) = (null_reason IS NOT NULL)', '(p IS NULL) = (p_adjusted IS NULL)'],
  }),
  emergence_correlations: table({
    comment:
      'One row per suite, seed, preset and operator: correlation over checkpoints of accuracy on the universe with the knock-out drop (method 10). Two quantities that rise correlate whatever they have in common; so do the changes from step to step not.',
    columns: {
      suite,
      seed,
      preset: text('preset of heuristics (method 7)'),
      operator: choice(OPERATORS, 'arithmetic operator of the prompts (method 1)'),
      n_steps: integer('steps at which both were measured'),
      spearman: nullable(
        double('rank correlation over steps; null with fewer than 3, or where one is constant'),
      ),
      p: nullable(double('its two-sided permutation p-value')),
      spearman_of_changes: nullable(double('the same of the changes between neighbouring steps')),
      p_of_changes: nullable(double('its two-sided permutation p-value')),
    },
    key: ['suite', 'seed', 'preset', 'operator'],
    checks: ['(spearman IS NULL) = (p IS NULL)', '(spearman_of_changes IS NULL) = (p_of_changes IS NULL)'],
  }),
  emergence_over_seeds: table({
    comment:
      'One row per suite, trajectory, kind and part of the rise, of suites with several seeds: mean over seeds of a time, or of a lag against accuracy, by the fitted logistics (method 10). Seeds are the sample; where they agree better than their own intervals allow, those set the length.',
    columns: {
      suite,
      trajectory: text('readable name of the trajectory'),
      kind: choice(['time', 'lag'], 'time: when; lag: how much later than the accuracy of its operator'),
      part: choice(PARTS, 'onset: 10 % of the rise; halfway: 50 %'),
      seeds: integer('seeds with a value'),
      seeds_judged: integer('seeds measured'),
      unit: integer('first positive step, the unit of the octaves: the largest of all seeds'),
      mean_octaves: nullable(double(`mean over seeds, ${octaves}; null without a value`)),
      low_octaves: nullable(double('lower end of its 95 % interval; null with fewer than 3 seeds')),
      high_octaves: nullable(double('upper end of it')),
      mean_step: nullable(double('the same as a training step; null for lags')),
      low_step: nullable(double('lower end as a training step')),
      high_step: nullable(double('upper end as a training step')),
      p: nullable(
        double(
          'of lags: exact sign-flip p-value over seeds that the mean is 0; n seeds give no less than 2^(1-n)',
        ),
      ),
    },
    key: ['suite', 'trajectory', 'kind', 'part'],
    checks: ['(mean_octaves IS NULL) = (seeds = 0)', 'seeds <= seeds_judged'],
  }),
};
