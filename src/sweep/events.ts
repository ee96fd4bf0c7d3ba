import type { Measure } from '../domain/measure.js';
import type { DatabaseLockedError } from '../errors/database-errors.js';
import type { PlanEvents } from './plan-sweep.js';

/** What a sweep tells while it runs. */
export interface SweepEvents extends PlanEvents {
  onPlan?(plan: { readonly checkpoints: number; readonly done: number; readonly todo: number }): void;
  onCheckpoint?(event: SweepProgress): void;
  /** So many batches of the spool were damaged, or contradicted the database; their units are computed anew. */
  onSetAside?(batches: number): void;
  /** Another process has the database open; results wait in the spool. */
  readonly onHeld?: (error: DatabaseLockedError) => void;
}

export interface SweepProgress {
  readonly seed: number;
  readonly step: number;
  /** Checkpoints of this sweep finished so far, of `todo`. */
  readonly finished: number;
  readonly todo: number;
  readonly error: string | null;
  /** Wall time from its fetching to its storing, other checkpoints beside it. */
  readonly seconds: number;
  /** Seconds of each measure. */
  readonly measures: ReadonlyMap<Measure, number>;
}
