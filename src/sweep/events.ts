import type { Measure } from '../domain/measure.js';
import type { DatabaseLockedError } from '../errors/database-errors.js';
import type { DimensionConflictError } from '../store/conflict.js';
import type { MachineEvents } from './machine.js';
import type { ChoiceEvents } from './plan/plan-sweep.js';
import type { FailedBefore } from './plan/work.js';

/** What is told before a sweep, or a plan of one. */
export type PlanEvents = ChoiceEvents & MachineEvents;

/** What is to be done. */
export interface PlanCounts {
  readonly checkpoints: number;
  readonly done: number;
  readonly todo: number;
  /** Left out, since they failed before and nothing has changed. */
  readonly failed: readonly FailedBefore[];
}

/** What happens to a checkpoint, one after the other; different ones are in different stages. */
export const STAGES = ['fetch', 'load', 'compute', 'store'] as const;
export type Stage = (typeof STAGES)[number];

/** A checkpoint enters a stage, leaves it, or in it has come to a measure. */
export interface StageEvent {
  readonly stage: Stage;
  readonly kind: 'begin' | 'end' | 'at';
  readonly seed: number;
  readonly step: number;
  /** Of `at`. */
  readonly measure?: Measure;
}

/** What a sweep tells while it runs. */
export interface SweepEvents extends PlanEvents {
  onPlan?(plan: PlanCounts): void;
  readonly onStage?: ((event: StageEvent) => void) | undefined;
  onCheckpoint?(event: SweepProgress): void;
  /** So many batches of the spool were damaged, or contradicted the database; their units are computed anew. */
  onSetAside?(batches: number): void;
  /** The database has a checkpoint with other values; its results are set aside, and the sweep goes on. */
  readonly onConflict?: ((error: DimensionConflictError) => void) | undefined;
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
