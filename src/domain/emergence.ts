/** What is said of a trajectory's course (method section 10). */
export const VERDICTS = ['gradual', 'abrupt', 'no_change', 'undetermined'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Why there is no verdict, and what that means. */
export const NO_VERDICTS = {
  too_few_steps: 'fewer than 10 measured steps, or fewer than 3 before or after an abrupt change',
  rise_too_small: 'a change is not to be told from noise, nor is its absence',
  models_too_close:
    'neither the best gradual model nor the best abrupt one is ahead by 4 in AICc and in -2 log L',
  steps_too_coarse: 'no jump between two steps, but too quick for them to show its course',
} as const;
export type NoVerdict = keyof typeof NO_VERDICTS;

/** Why a time is null. */
export const NO_TIMES = {
  before_first: 'before the first measured step',
  after_last: 'after the last measured step',
  no_change: 'nothing changes',
  too_few_steps: 'fewer than 10 measured steps',
} as const;
export type NoTime = keyof typeof NO_TIMES;

/** Why there is no lag. */
export const NO_LAGS = {
  no_change: 'one of the two does not change, or has fewer than 10 measured steps',
  time_not_measured: 'one of the two times lies outside the measured steps',
  different_steps: 'the two were measured at different steps',
} as const;
export type NoLag = keyof typeof NO_LAGS;

/** Models of a course, simplest first; the last two let the level move on after its change. */
export const PLAIN_MODELS = ['constant', 'line', 'power_law', 'change_point', 'logistic'] as const;
export type PlainModel = (typeof PLAIN_MODELS)[number];
export const MODELS = [...PLAIN_MODELS, 'change_point_moving_on', 'logistic_moving_on'] as const;
export type Model = (typeof MODELS)[number];

/** Curves that times are read off. */
export const CURVES = ['logistic', 'isotonic'] as const;

/** Parts of a rise: 10 % and 50 % of it. */
export const PARTS = ['onset', 'halfway'] as const;
export type Part = (typeof PARTS)[number];

/** How the p-values of all trajectories of a suite are adjusted for one another. */
export const ADJUSTMENTS = ['holm', 'benjamini_hochberg'] as const;
export type Adjustment = (typeof ADJUSTMENTS)[number];

/** What trajectories are of, and what their levels are. */
export const QUANTITIES = {
  accuracy: 'share of the prompts of prompt_set that are completed correctly',
  classified:
    'share of the live neurons that implement a heuristic of this target and family, less that with shuffled activations',
  shared_with_reference:
    'share of the (heuristic, neuron) pairs of the reference step that are present; the reference step, where it is 1 by definition, is left out',
  knockout_drop:
    'how much more accuracy falls on the prompts of a knocked-out heuristic than on others, mean over heuristics',
} as const;
export type Quantity = keyof typeof QUANTITIES;
