import { OfflineError } from '../../errors/hub-errors.js';
import type { AvailableRun } from './hub-runs.js';

/** Named one by one up to so many. */
const SHOWN = 3;

export interface AskedOffline {
  /** Steps that a selection chose. */
  readonly wanted: ReadonlySet<number>;
  /** Steps that the user named by number. */
  readonly named: ReadonlySet<number>;
  /** Told what is left out. */
  readonly onNote?: ((line: string) => void) | undefined;
}

/**
 * Holds what is asked of a run against what the cache has of it, where the Hub cannot be asked: neither `all` nor the
 * reference checkpoint may silently mean what happens to be cached.
 * @throws OfflineError when the reference checkpoint is not there, a step that was named, or none of those asked for
 */
export function checkCached(run: AvailableRun, { wanted, named, onNote }: AskedOffline): void {
  const { absent, repo, seed } = run;
  const missing = absent.filter((step) => wanted.has(step));
  const cached = run.checkpoints.map(({ step }) => step).filter((step) => wanted.has(step));
  if (missing.length + cached.length === 0) return;
  const last = Math.max(...absent, ...run.checkpoints.map(({ step }) => step));
  if (absent.includes(last))
    throw new OfflineError(`step ${last} of ${repo}, the reference checkpoint of seed ${seed}`);
  const unmet = missing.filter((step) => named.has(step));
  if (unmet.length > 0) throw new OfflineError(`${listed(unmet)} of ${repo}`);
  if (cached.length === 0) throw new OfflineError(`${listed(missing)} of ${repo}`);
  if (missing.length > 0)
    onNote?.(`offline: the cache does not hold ${listed(missing)} of ${repo}; left out`);
}

/** `step 1`, `steps 1, 2`, `steps 1, 2, 4 and 9 more`. */
function listed(steps: readonly number[]): string {
  const shown = steps.slice(0, SHOWN).join(', ');
  const rest = steps.length > SHOWN ? ` and ${steps.length - SHOWN} more` : '';
  return `${steps.length === 1 ? 'step' : 'steps'} ${shown}${rest}`;
}
