import type { RowOfColumns } from './columns.js';
import { UNIT_VIEWS } from './views-units.js';
import { HEURISTIC_VIEWS } from './views-heuristics.js';

/** All views, in the order in which they are created and documented. */
export const VIEWS = { ...UNIT_VIEWS, ...HEURISTIC_VIEWS };

export type ViewName = keyof typeof VIEWS;
export const VIEW_NAMES: readonly ViewName[] = Object.keys(VIEWS).filter(
  (name): name is ViewName => name in VIEWS,
);

/** A row of a view as an object, e.g. `ViewRowOf<'heuristic_counts'>`. */
export type ViewRowOf<V extends ViewName> = RowOfColumns<(typeof VIEWS)[V]['columns']>;
