import { EFFECT_VIEWS } from './views-effects.js';
import { HEURISTIC_VIEWS } from './views-heuristics.js';
import { LIFE_VIEWS } from './views-lives.js';
import { TRAINING_VIEWS } from './views-training.js';
import { LEVEL_VIEWS } from './views-levels.js';
import { UNIT_VIEWS } from './views-units.js';

/** All views, in the order in which they are created and documented. */
export const VIEWS = {
  ...UNIT_VIEWS,
  ...HEURISTIC_VIEWS,
  ...LIFE_VIEWS,
  ...TRAINING_VIEWS,
  ...EFFECT_VIEWS,
  ...LEVEL_VIEWS,
};

export type ViewName = keyof typeof VIEWS;
export const VIEW_NAMES: readonly ViewName[] = Object.keys(VIEWS).filter(
  (name): name is ViewName => name in VIEWS,
);
