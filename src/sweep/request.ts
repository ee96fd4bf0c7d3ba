import type { Suite } from '../config/find-suite.js';
import type { SweepConfig } from '../config/sweep-fields.js';
import type { HeuristicPreset } from '../heuristics/preset.js';
import type { Hub } from '../hub/hub.js';
import { defaultSpool } from '../store/spool/layout.js';
import type { Nearest } from './sources/checkpoints.js';
import type { Shard } from './plan/shard.js';
import type { HubAccess } from './sources/sources.js';

/** What a sweep is asked to do. */
export interface SweepRequest {
  readonly suite: Suite;
  readonly config: SweepConfig;
  readonly presets: readonly HeuristicPreset[];
  readonly db: string;
  /** Bytes that the maps of one checkpoint may take; it changes no result. Default: no limit. */
  readonly mapBytes?: number;
  /** Threads that compute. */
  readonly workers: number;
  readonly signal?: AbortSignal | undefined;
  readonly nearest: Nearest;
  /** Analyse this share of the checkpoints, into the spool only. */
  readonly shard?: Shard | undefined;
  /** Begin no checkpoint that would not be finished so many seconds after the sweep began. */
  readonly maxSeconds?: number | undefined;
  /** Analyse also checkpoints that failed before and have not changed since. */
  readonly retryFailed?: boolean | undefined;
  /** Write nothing: what is asked of the reference checkpoint is not remembered. */
  readonly readOnly?: boolean | undefined;
  /** Stop at the first checkpoint that fails. */
  readonly failFast?: boolean | undefined;
  /** Where suites on the Hub are fetched from; default: as the environment says. */
  readonly hub?: Hub | undefined;
  /** Told why a faster engine is left out; default: stderr. */
  readonly onNote?: (line: string) => void;
  /** Told of what is fetched from the Hub. */
  readonly onFetch?: HubAccess['onFetch'];
}

/** Where a sweep's results are written first. */
export function spoolOf({ config, db }: Pick<SweepRequest, 'config' | 'db'>): string {
  return config.spool ?? defaultSpool(db);
}
